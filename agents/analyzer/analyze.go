package analyzer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/BurntSushi/toml"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"
	"honnef.co/go/tools/config"
	"honnef.co/go/tools/go/loader"
	"honnef.co/go/tools/lintcmd/runner"

	"github.com/deepreview-go/deepreview"
)

const (
	configName = "staticcheck.conf"
	// batch is how many packages of the change one load has: their graph, not their code, is in memory at once.
	batch = 32
)

// turn is held by the one analysis that runs in this process. The loader keeps a map of its own that two must not share, and two
// analyses would take twice the memory.
var turn = make(chan struct{}, 1)

// errBroken marks what comes after an analyzer that failed.
var errBroken = errors.New("an analyzer failed")

// side is the analysis of some folders of one tree: what the cache holds.
type side struct {
	// Analyzed are the Go files of the packages that were analyzed, sorted.
	Analyzed []string `json:"analyzed,omitempty"`
	// Failed says of a file or a folder why it was not.
	Failed map[string]string `json:"failed,omitempty"`
	// Crashed are the rules that failed on this code and were left out, each with what happened.
	Crashed     map[string]string `json:"crashed,omitempty"`
	Diagnostics []diagnostic      `json:"diagnostics,omitempty"`
}

// failure returns one reason why something was not analyzed, always the same one; empty if there is none.
func (s *side) failure() string {
	if s == nil || len(s.Failed) == 0 {
		return ""
	}
	return s.Failed[slices.Min(slices.Collect(maps.Keys(s.Failed)))]
}

func newSide() *side { return &side{Failed: map[string]string{}, Crashed: map[string]string{}} }

func (s *side) analyzed(name string) bool {
	_, ok := slices.BinarySearch(s.Analyzed, name)
	return ok
}

// engine runs the rules over copies of trees.
type engine struct {
	toolchain *toolchain
	store     *store
	rules     []Rule
}

// side analyzes folders of a copy, or returns what the store has of the same code. What did not load whole is not stored: it may have
// been for want of a module that is there the next time.
func (e *engine) side(ctx context.Context, t *treeCopy, folders []string) (*side, error) {
	key := resultKey(e.toolchain.version, e.toolchain.platform, t.digest(), joined(folders))
	if s, ok := e.store.load(key); ok {
		return s, nil
	}
	s, err := e.run(ctx, t, folders)
	if err == nil && len(s.Failed) == 0 && len(s.Crashed) == 0 {
		err = e.store.save(key, s)
	}
	return s, err
}

// run analyzes folders of a copy, module by module.
func (e *engine) run(ctx context.Context, t *treeCopy, folders []string) (*side, error) {
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	s := newSide()
	byModule := map[*module][]string{}
	for _, dir := range folders {
		switch m := t.moduleOf(dir); {
		case t.list(dir) == nil:
			// Nothing is there any more, or yet.
		case m == nil:
			s.Failed[dir] = "no go.mod above it"
		case m.broken != "":
			s.Failed[dir] = m.broken
		default:
			byModule[m] = append(byModule[m], dir)
		}
	}
	modules := slices.SortedFunc(maps.Keys(byModule), func(a, b *module) int { return cmp.Compare(a.dir, b.dir) })
	for _, m := range modules {
		for dirs := range slices.Chunk(byModule[m], batch) {
			deepreview.Progress(ctx, fmt.Sprintf("analyzing %s", count(len(dirs), "package")))
			if err := e.load(ctx, t, m, dirs, s); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(s.Analyzed)
	s.Analyzed = slices.Compact(s.Analyzed)
	s.Diagnostics = once(s.Diagnostics)
	t.quote(s.Diagnostics)
	return s, nil
}

// load analyzes some folders of one module. Rules that fail are left out and the rest begins again.
func (e *engine) load(ctx context.Context, t *treeCopy, m *module, dirs []string, s *side) error {
	patterns := make([]string, len(dirs))
	for i, dir := range dirs {
		rel, err := filepath.Rel(filepath.FromSlash(m.dir), filepath.FromSlash(dir))
		if err != nil {
			return err
		}
		patterns[i] = "./" + filepath.ToSlash(rel)
	}
	for {
		guard := newGuard(ctx, e.rules)
		disk, err := openFacts(ctx, e.store.facts, &guard.failed)
		if err != nil {
			return fmt.Errorf("cache of package facts: %w", err)
		}
		r, err := runner.New(config.Config{}, disk)
		if err != nil {
			return err
		}
		r.GoVersion = "module"
		results, err := r.Run(&packages.Config{
			Context:    ctx,
			Dir:        filepath.Join(t.dir, filepath.FromSlash(m.dir)),
			Env:        e.toolchain.env,
			BuildFlags: []string{"-trimpath"}, // what is compiled can be used again from another temporary folder
			Tests:      true,
		}, guard.analyzers(e.rules, s.Crashed), patterns)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if guard.failed.Load() {
			maps.Copy(s.Crashed, guard.crashes)
			continue
		}
		if err := disk.Close(); err != nil {
			return fmt.Errorf("cache of package facts: %w", err)
		}
		if err != nil {
			why := t.message(m, err.Error())
			for _, dir := range dirs {
				s.Failed[dir] = why
			}
			return nil
		}
		return collect(t, m, dirs, results, s)
	}
}

// guard wraps analyzers so that each ends with ctx, none takes the process down with it, and a finding tells which pass of go vet
// made it.
type guard struct {
	ctx     context.Context
	failed  atomic.Bool
	mu      sync.Mutex
	crashes map[string]string
	ids     map[*analysis.Analyzer]string // of the rules
	wrapped map[*analysis.Analyzer]*analysis.Analyzer
}

func newGuard(ctx context.Context, rules []Rule) *guard {
	g := &guard{
		ctx: ctx, crashes: map[string]string{},
		ids: map[*analysis.Analyzer]string{}, wrapped: map[*analysis.Analyzer]*analysis.Analyzer{},
	}
	for _, r := range rules {
		g.ids[r.analyzer] = r.ID
	}
	return g
}

// analyzers returns the rules' analyzers but for those that stand on one that crashed, by its name.
func (g *guard) analyzers(rules []Rule, crashed map[string]string) []*analysis.Analyzer {
	var all []*analysis.Analyzer
	for _, r := range rules {
		if !standsOn(r.analyzer, crashed) {
			all = append(all, g.wrap(r.analyzer))
		}
	}
	return all
}

func standsOn(a *analysis.Analyzer, crashed map[string]string) bool {
	_, ok := crashed[a.Name]
	return ok || slices.ContainsFunc(a.Requires, func(r *analysis.Analyzer) bool { return standsOn(r, crashed) })
}

// wrap returns a copy of an analyzer whose Run is guarded. Its results are asked for by the analyzers that we were given, so the
// copy hands on what its own requirements found under their names.
func (g *guard) wrap(original *analysis.Analyzer) *analysis.Analyzer {
	if a, ok := g.wrapped[original]; ok {
		return a
	}
	a := *original
	g.wrapped[original] = &a
	a.Requires = make([]*analysis.Analyzer, len(original.Requires))
	for i, r := range original.Requires {
		a.Requires[i] = g.wrap(r)
	}
	a.Run = func(pass *analysis.Pass) (out any, err error) {
		if err := g.ctx.Err(); err != nil {
			return nil, err
		}
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("it panicked: %v", p)
			}
			if err != nil && g.ctx.Err() == nil {
				g.crash(original.Name, pass.Pkg.Path(), err)
			}
		}()
		own := *pass
		own.Analyzer = original
		own.ResultOf = make(map[*analysis.Analyzer]any, len(a.Requires))
		for i, r := range original.Requires {
			own.ResultOf[r] = pass.ResultOf[a.Requires[i]]
		}
		own.Report = func(d analysis.Diagnostic) {
			if d.Category = g.ids[original]; d.Category != "" {
				pass.Report(d)
			}
		}
		own.ReadFile = func(name string) ([]byte, error) {
			if !slices.Contains(pass.OtherFiles, name) && !slices.ContainsFunc(pass.Files, func(f *ast.File) bool {
				return pass.Fset.File(f.FileStart).Name() == name
			}) {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
			}
			return os.ReadFile(name)
		}
		return original.Run(&own)
	}
	return &a
}

func (g *guard) crash(name, pkg string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.failed.Store(true)
	g.crashes[name] = firstLine(fmt.Sprintf("on %s: %v", pkg, err))
}

// collect adds what a run found to s.
func collect(t *treeCopy, m *module, dirs []string, results []runner.Result, s *side) error {
	slices.SortFunc(results, func(a, b runner.Result) int { return cmp.Compare(a.Package.ID, b.Package.ID) })
	failed := map[*loader.PackageSpec]runner.Result{}
	for _, r := range results {
		if r.Failed {
			failed[r.Package] = r
		}
	}
	var unplaced []string // failures of which nobody knows which folder they are about
	usage := newUsage()
	for _, r := range results {
		if !r.Initial {
			continue
		}
		files := t.filesOf(r.Package)
		switch {
		case r.Failed:
			why := t.reason(m, r, failed, map[*loader.PackageSpec]bool{})
			for _, f := range files {
				s.Failed[f] = why
			}
			if dir := folderOf(m, r.Package.PkgPath, dirs); dir != "" && len(files) == 0 {
				s.Failed[dir] = why
			} else if len(files) == 0 {
				unplaced = append(unplaced, why)
			}
			continue
		case r.Skipped:
			for _, f := range files {
				s.Failed[f] = "one of its package's files is too large to analyze"
			}
			continue
		}
		data, err := r.Load()
		if err != nil {
			return fmt.Errorf("what is known of %s: %w", r.Package, err)
		}
		for _, f := range files {
			if path.Ext(f) == ".go" {
				s.Analyzed = append(s.Analyzed, f)
			}
		}
		checks := r.Config.Checks
		found := t.convert(m, files, data, checks)
		usage.add(r.Package, data.Unused, chosen(checks, "U1000"))
		s.Diagnostics = append(s.Diagnostics, found...)
	}
	for _, d := range usage.unused() {
		pos, ok := t.place(m, t.filesOf(d.pkg), d.object.DisplayPosition)
		if ok {
			s.Diagnostics = append(s.Diagnostics, diagnostic{
				Rule:    "U1000",
				Message: fmt.Sprintf("%s %s is unused", d.object.Kind, d.object.Name),
				Place:   pos,
			})
		}
	}
	if len(unplaced) > 0 {
		for _, dir := range dirs {
			if _, ok := s.Failed[dir]; !ok {
				s.Failed[dir] = unplaced[0]
			}
		}
	}
	return nil
}

// reason says why a package failed: its own error, or that of what it imports.
func (t *treeCopy) reason(m *module, r runner.Result, failed map[*loader.PackageSpec]runner.Result, seen map[*loader.PackageSpec]bool) string {
	if len(r.Errors) > 0 {
		var own packages.Error
		switch first := r.Errors[0]; {
		case !errors.As(first, &own):
			return t.message(m, first.Error())
		case own.Pos == "" || own.Pos == "-":
			return t.message(m, own.Msg)
		}
		return t.message(m, own.Pos+": "+strings.TrimSpace(own.Msg))
	}
	seen[r.Package] = true
	for _, p := range slices.Sorted(maps.Keys(r.Package.Imports)) {
		imp := r.Package.Imports[p]
		dep, ok := failed[imp]
		if !ok || seen[imp] {
			continue
		}
		why := t.reason(m, dep, failed, seen)
		if at, _, ok := strings.Cut(why, ":"); ok && slices.Contains(t.filesOf(r.Package), at) {
			return why // a module that is missing is an error at the import
		}
		return fmt.Sprintf("it imports %s: %s", p, why)
	}
	return "it did not load"
}

// folderOf returns the folder that a package's path stands for, if it is one of dirs.
func folderOf(m *module, pkg string, dirs []string) string {
	for _, dir := range dirs {
		rel := strings.TrimPrefix(strings.TrimPrefix(dir, m.dir), "/")
		if m.dir == "." {
			rel = dir
		}
		want := path.Join(m.path, rel)
		if pkg == want || pkg == want+"_test" || pkg == want+".test" {
			return dir
		}
	}
	return ""
}

// filesOf returns the files of a package that are in the copy.
func (t *treeCopy) filesOf(pkg *loader.PackageSpec) []string {
	var files []string
	for _, list := range [][]string{pkg.GoFiles, pkg.CompiledGoFiles, pkg.OtherFiles} {
		for _, f := range list {
			rel, err := filepath.Rel(t.dir, f)
			if err != nil {
				continue
			}
			if rel = filepath.ToSlash(rel); fs.ValidPath(rel) && !slices.Contains(files, rel) {
				files = append(files, rel)
			}
		}
	}
	return files
}

// place finds a position in the tree. What is known of a package may have been computed from another copy, so the name is
// looked for among the package's own files; a position in another package of the module begins with that one's path.
func (t *treeCopy) place(m *module, files []string, p token.Position) (place, bool) {
	at := place{Line: p.Line, offset: p.Offset}
	base := filepath.Base(p.Filename)
	for _, f := range files {
		if path.Base(f) == base && (filepath.IsAbs(p.Filename) || p.Filename == base) {
			at.Path = f
			return at, p.Line > 0
		}
	}
	if rest, ok := strings.CutPrefix(filepath.ToSlash(p.Filename), m.path+"/"); ok {
		at.Path = path.Join(m.dir, rest)
		_, ok = t.files[at.Path]
		return at, ok && p.Line > 0
	}
	return place{}, false
}

// tempPattern is the beginning of the names of temporary folders.
const tempPattern = "deepreview-analyzer-"

// message makes a message of the go command or the compiler, said about the module m, fit for a reader: one line, without the name
// of the copy. One about a file elsewhere might quote that file, so it is not told.
func (t *treeCopy) message(m *module, text string) string {
	text = strings.TrimPrefix(strings.TrimSpace(text), "err: exit status 1: stderr: ")
	for line := range strings.Lines(text) {
		// The compiler begins with the name of the package.
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			text = line
			break
		}
	}
	text = strings.TrimSuffix(text, "; to add it:")
	at, rest, ok := strings.Cut(text, ":")
	switch rel, err := filepath.Rel(t.dir, at); {
	case !ok || !positioned.MatchString(text):
	case filepath.IsAbs(at) && (err != nil || !fs.ValidPath(filepath.ToSlash(rel))):
		return "an error in a file outside of the repository"
	case filepath.IsAbs(at):
		text = filepath.ToSlash(rel) + ":" + rest
	default:
		text = path.Join(m.dir, filepath.ToSlash(at)) + ":" + rest
	}
	text = strings.ReplaceAll(text, t.dir+string(filepath.Separator), "")
	text = strings.ReplaceAll(text, t.dir, ".")
	const most = 300
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// positioned is a message that begins with a position.
var positioned = regexp.MustCompile(`^[^:\n]+\.\w+:\d+:`)

// writeDefaults writes a configuration above the copies, so that none of this machine's counts.
func writeDefaults(dir string) (err error) {
	f, err := os.Create(filepath.Join(dir, configName))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return encodeDefaults(f)
}

func encodeDefaults(w io.Writer) error {
	c := config.DefaultConfig
	c.Checks = defaultChecks()
	return toml.NewEncoder(w).Encode(c)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
