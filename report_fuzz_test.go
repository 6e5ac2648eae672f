package deepreview

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzReadReport: what is read can be written and read again to the same bytes, whatever it was.
func FuzzReadReport(f *testing.F) {
	data, err := os.ReadFile(filepath.Join("testdata", "report.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":"deepreview.report/1","issues":[null],"reviews":[null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadReport(bytes.NewReader(data))
		if err != nil {
			return
		}
		var once, twice bytes.Buffer
		if err := r.WriteJSON(&once); err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		again, err := ReadReport(bytes.NewReader(once.Bytes()))
		if err != nil {
			t.Fatalf("written but not read: %v", err)
		}
		if err := again.WriteJSON(&twice); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatalf("differs after a round trip:\n%s\n%s", once.Bytes(), twice.Bytes())
		}
		r.Counts()
		r.MechanicalOnly()
		Missing(r)
	})
}

// FuzzConsolidate: whatever a reviewer says, each of its claims has one decision, and nothing panics.
func FuzzConsolidate(f *testing.F) {
	f.Add("1", "a title", "with `code` in it", "lib/store.go", 11, 12, "return wrap(err)", "x\n")
	f.Add("", "", "", "../../etc/passwd", -1, 1<<30, "\n\n", "")
	f.Fuzz(func(t *testing.T, id, title, detail, path string, start, end int, quote, edit string) {
		finding := &Finding{
			ID: id, Title: title, Detail: detail, Quote: quote, Locations: []Location{{Path: path, Start: start, End: end}},
			Fix: &Fix{Text: detail, Edits: []Edit{{Path: path, Start: start, End: end, New: edit}}},
		}
		for _, tree := range []bool{false, true} {
			c := storeChange(tree)
			r, err := new(Pipeline).Consolidate(t.Context(), c, []*Review{
				{Reviewer: "a", Findings: []*Finding{finding, finding}, Notes: []*Note{{ID: id, Text: detail}}},
				{Reviewer: "b", Findings: []*Finding{finding}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Ledger) != 3 {
				t.Fatalf("%d decisions for 3 claims", len(r.Ledger))
			}
			var b bytes.Buffer
			if err := r.WriteJSON(&b); err != nil {
				t.Fatal(err)
			}
			if _, err := ReadReport(&b); err != nil {
				t.Fatal(err)
			}
		}
	})
}
