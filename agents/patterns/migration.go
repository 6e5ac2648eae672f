package patterns

import (
	"fmt"
	"path"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var migrationEdited = Rule{
	ID:       "migration-edited",
	Why:      "A migration that was applied is not applied again: databases made before and after an edit differ for ever.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicCorrectness,
	file:     migrationsEdited,
}

var migrationDestructive = Rule{
	ID:       "migration-destructive",
	Why:      "What a migration drops is gone, and the version still running needs it until the last of it has stopped.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicCorrectness,
	file:     func(f *file, report func(hit)) { migrationStatements(f, destructive, report) },
}

var migrationPermission = Rule{
	ID:       "migration-permission",
	Why:      "Rights that a migration hands out hold on every database it runs on, and nobody looks at them again.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicSecurity,
	file:     func(f *file, report func(hit)) { migrationStatements(f, permissions, report) },
}

// migrationName is how tools number what they apply once: 0001_x, 20240102030405_x (Rails, Django, goose, golang-migrate,
// Prisma's folders), V1__x (Flyway); Alembic's begin with a hash.
var migrationName = compile(`^(?:\d{3,}[_-]|V\d+(?:[._]\d+)*__|[0-9a-f]{12}_)`)

// migration reports whether a file is a numbered migration.
func (f *file) migration() bool {
	switch f.lang {
	case langSQL, langPython, langRuby, langGo, langJavaScript, langPHP, langJava, langCSharp:
	default:
		return false
	}
	name := path.Base(f.Path)
	if name == "migration.sql" {
		name = path.Base(f.dir())
	}
	return folders(f.Path, "migrations", "migration", "migrate", "versions") && migrationName.MatchString(name) && !f.test && !f.example && !f.vendored
}

func migrationsEdited(f *file, report func(hit)) {
	if !f.migration() || f.Status == deepreview.FileAdded || f.Status == deepreview.FileCopied {
		return
	}
	if f.Status == deepreview.FileDeleted || f.Status == deepreview.FileRenamed && migrationNumber(f.Path) != migrationNumber(f.OldPath) {
		report(hit{
			title:  "A migration that was there before is " + string(f.Status),
			detail: "Databases that it ran on keep its name in their records, and tools stop where the two do not agree. Leave it, and add a new one that takes it back.",
			at:     []deepreview.Location{{Path: f.Path, Old: f.gone()}},
		})
		return
	}
	for _, l := range f.lines {
		if l.Op != deepreview.OpContext && strings.TrimSpace(l.Code) != "" {
			h := on(f, l, "A migration that was there before is edited")
			h.detail = "Where it has run already it will not run again. If any database has it, put the change into a new migration."
			report(h)
			return
		}
	}
}

func migrationNumber(name string) string { return migrationName.FindString(path.Base(name)) }

// statement is a kind of statement that a migration should not have without a thought.
type statement struct {
	title, detail string
}

var (
	destructiveSQL = compile(`(?i)\bDROP\s+(?:TABLE|COLUMN|SCHEMA|DATABASE)\b|^\s*TRUNCATE\b|^\s*DELETE\s+FROM\s+[\w."]+\s*;|\bRENAME\s+(?:COLUMN\b|TO\b)`)
	notNullSQL     = compile(`(?i)\bADD\s+(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?[\w"]+\s+.*\bNOT\s+NULL\b`)
	defaultSQL     = compile(`(?i)\bDEFAULT\b|\bGENERATED\b|\bSERIAL\b|\bIDENTITY\b|\bCONSTRAINT\b`)
	grantSQL       = compile(`(?i)^\s*GRANT\s+ALL\b|^\s*GRANT\b.*\bTO\s+PUBLIC\b|\bWITH\s+GRANT\s+OPTION\b|\bSUPERUSER\b|\bBYPASSRLS\b`)
	ownerSQL       = compile(`(?i)\bOWNER\s+TO\b|^\s*REASSIGN\s+OWNED\b`)
	policySQL      = compile(`(?i)\bDISABLE\s+ROW\s+LEVEL\s+SECURITY\b|\bDROP\s+POLICY\b|\bNO\s+FORCE\s+ROW\s+LEVEL\b`)
	downSQL        = compile(`(?i)^\s*--\s*(?:\+(?:goose|migrate)\s+down|migrate:down|rollback|down\b|revert)`)
	upSQL          = compile(`(?i)^\s*--\s*(?:\+(?:goose|migrate)\s+up|migrate:up|up\b)`)
)

func destructive(code string) *statement {
	switch {
	case destructiveSQL.MatchString(code):
		return &statement{title: "A migration drops or renames what may be in use", detail: "`%s`: what it takes away cannot be brought back, and the version that runs while it is deployed still asks for it. Stop using it first, and drop it in a later release."}
	case notNullSQL.MatchString(code) && !defaultSQL.MatchString(code):
		return &statement{title: "A migration adds a column that rows without a value cannot have", detail: "`%s` fails on a table with rows. Give it a default, or fill it first and forbid NULL after."}
	}
	return nil
}

func permissions(code string) *statement {
	switch {
	case grantSQL.MatchString(code):
		return &statement{title: "A migration grants more than a few rights", detail: "`%s`: name the rights and the role that are needed."}
	case ownerSQL.MatchString(code):
		return &statement{title: "A migration changes an owner", detail: "`%s`: the owner may alter and drop it, and the role has to exist wherever the migration runs."}
	case policySQL.MatchString(code):
		return &statement{title: "A migration lifts row-level protection", detail: "`%s`: rows that were kept apart can be read together from here on."}
	}
	return nil
}

// migrationStatements reports the added statements of SQL migrations that kind knows, those of the way back left out.
func migrationStatements(f *file, kind func(code string) *statement, report func(hit)) {
	name := strings.ToLower(path.Base(f.Path))
	if f.lang != langSQL || f.gone() || !f.migration() || strings.Contains(name, "down.") || strings.Contains(name, "rollback") || strings.Contains(name, "undo") || strings.HasPrefix(name, "u") {
		return
	}
	down := false
	for _, l := range f.lines {
		switch {
		case downSQL.MatchString(l.text()):
			down = true
		case upSQL.MatchString(l.text()):
			down = false
		case down || !l.added():
		default:
			if s := kind(l.Code); s != nil {
				h := on(f, l, s.title)
				h.detail = fmt.Sprintf(s.detail, excerpt(l))
				report(h)
			}
		}
	}
}
