package reviewtest

import (
	"fmt"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// leaf is one value inside another, with the way to it: "Files[2].Path".
type leaf struct{ path, value string }

// snapshot lists everything that v holds, so that a later one can be compared with it. A nil list and an empty one are the
// same, as they are in JSON. Funcs and file systems count by their identity.
func snapshot(v any) []leaf {
	var out []leaf
	walk("", reflect.ValueOf(v), func(path string, v reflect.Value, text string) {
		if v.Kind() == reflect.String {
			text = v.String() // shares the bytes; a string cannot be changed in place
		}
		out = append(out, leaf{path, text})
	})
	return out
}

// difference names the first place where two snapshots differ; empty if they do not.
func difference(before, after []leaf) string {
	for i := range max(len(before), len(after)) {
		switch {
		case i >= len(after):
			return fmt.Sprintf("%s is gone, which was %s", before[i].path, shown(before[i].value))
		case i >= len(before):
			return fmt.Sprintf("%s is new: %s", after[i].path, shown(after[i].value))
		case before[i].path != after[i].path:
			return fmt.Sprintf("%s is where %s was", after[i].path, before[i].path)
		case before[i].value != after[i].value:
			return fmt.Sprintf("%s was %s and is %s", before[i].path, shown(before[i].value), shown(after[i].value))
		}
	}
	return ""
}

// shown quotes foreign text for a message, shortened.
func shown(text string) string {
	const most = 80
	if len(text) > most {
		return strconv.QuoteToASCII(text[:most]) + "…"
	}
	return strconv.QuoteToASCII(text)
}

// invalidText names the first text in v that is no UTF-8; empty if there is none.
func invalidText(v any) string {
	found := ""
	walk("", reflect.ValueOf(v), func(path string, v reflect.Value, _ string) {
		if found == "" && v.Kind() == reflect.String && !utf8.ValidString(v.String()) {
			found = fmt.Sprintf("%s is %s", path, shown(v.String()))
		}
	})
	return found
}

// walk calls visit for every value inside v that holds no others. text is the value in words, but for strings.
func walk(path string, v reflect.Value, visit func(path string, v reflect.Value, text string)) {
	if !v.IsValid() {
		visit(path, reflect.ValueOf(0), "nil")
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			visit(path, v, "nil")
			return
		}
		walk(path, v.Elem(), visit)
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			visit(path, v, t.UTC().Format(time.RFC3339Nano))
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			to := path
			if !f.Anonymous {
				to = join(path, f.Name)
			}
			walk(to, v.Field(i), visit)
		}
	case reflect.Slice, reflect.Array:
		visit(path, reflect.ValueOf(0), "a list of "+strconv.Itoa(v.Len()))
		for i := range v.Len() {
			walk(path+"["+strconv.Itoa(i)+"]", v.Index(i), visit)
		}
	case reflect.Interface:
		if v.IsNil() {
			visit(path, v, "nil")
			return
		}
		text := v.Elem().Type().String()
		if v.Elem().Kind() == reflect.Pointer {
			text += fmt.Sprintf(" %x", v.Elem().Pointer())
		}
		visit(path, v, text)
	case reflect.Func, reflect.Chan, reflect.Map, reflect.UnsafePointer:
		visit(path, v, fmt.Sprintf("%s %x", v.Type(), v.Pointer()))
	case reflect.String:
		visit(path, v, "")
	default:
		visit(path, v, fmt.Sprint(v.Interface()))
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
