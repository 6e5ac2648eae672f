package sarif

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/deepreview-go/deepreview"
)

// problemsMost is how many faults of a report are told with their line.
const problemsMost = 5

// stream decodes one JSON text piece by piece, so that what stands before a fault is kept.
type stream struct {
	ctx  context.Context // of the one call that the stream lives in
	data []byte
	dec  *json.Decoder
	// faults are values of another type than the format has; more counts those beyond problemsMost.
	faults []string
	more   int
}

func newStream(ctx context.Context, data []byte) *stream {
	return &stream{ctx: ctx, data: data, dec: json.NewDecoder(bytes.NewReader(data))}
}

// line returns the line that the byte at offset is on, counted from 1.
func line(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:max(0, min(offset, int64(len(data))))], []byte("\n"))
}

// start is the offset of the next value.
func (s *stream) start() int64 {
	at := s.dec.InputOffset()
	for at < int64(len(s.data)) && bytes.IndexByte([]byte(" \t\r\n,:"), s.data[at]) >= 0 {
		at++
	}
	return at
}

// broken describes an error of the decoder.
func (s *stream) broken(err error) error {
	at := s.start()
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: line %d, byte %d: the JSON ends in the middle of what begins here: the file was cut, so let the tool write it anew",
			deepreview.ErrBadAnswer, line(s.data, at), at)
	case errors.As(err, &syntax):
		return fmt.Errorf("%w: line %d, byte %d: no JSON in what begins here (%s): give the file as the tool writes it, without anything around it",
			deepreview.ErrBadAnswer, line(s.data, at), at, oneLine(err.Error(), titleMost))
	}
	return fmt.Errorf("%w: line %d, byte %d: %s", deepreview.ErrBadAnswer, line(s.data, at), at, oneLine(err.Error(), titleMost))
}

// fault notes a value of the wrong type.
func (s *stream) fault(at int64, what string) {
	if len(s.faults) >= problemsMost {
		s.more++
		return
	}
	s.faults = append(s.faults, fmt.Sprintf("line %d: %s", line(s.data, at), oneLine(what, titleMost)))
}

// value decodes the next value into v as far as its types fit.
func (s *stream) value(v any) error {
	at := s.start()
	err := s.dec.Decode(v)
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		s.fault(at, fmt.Sprintf("%s is a %s, and that field has another type", typ.Field, typ.Value))
		return nil
	}
	return err
}

func (s *stream) skip() error {
	var raw json.RawMessage
	return s.dec.Decode(&raw)
}

// open enters an object or array and reports whether it is one; any other value is passed over.
func (s *stream) open(delim byte) (bool, error) {
	at := s.start()
	if at < int64(len(s.data)) && s.data[at] != delim {
		if s.data[at] != 'n' { // null is empty
			s.fault(at, fmt.Sprintf("%q was expected, and %q stands there", delim, s.data[at]))
		}
		return false, s.skip()
	}
	_, err := s.dec.Token()
	return err == nil, err
}

// object calls each with every key of the next value; each reads the key's value.
func (s *stream) object(each func(key string) error) error {
	ok, err := s.open('{')
	if !ok {
		return err
	}
	for s.dec.More() {
		t, err := s.dec.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		if err := each(key); err != nil {
			return err
		}
	}
	_, err = s.dec.Token()
	return err
}

// array calls each where an element begins; each reads it. It stops when the context ends.
func (s *stream) array(each func() error) error {
	ok, err := s.open('[')
	if !ok {
		return err
	}
	for s.dec.More() {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		if err := each(); err != nil {
			return err
		}
	}
	_, err = s.dec.Token()
	return err
}

// end returns an error if anything follows.
func (s *stream) end() error {
	if _, err := s.dec.Token(); err != io.EOF {
		return errors.New("something stands after the end of the report: give one report a file")
	}
	return nil
}

// faulty describes the faults that were passed over; nil if there were none.
func (s *stream) faulty() error {
	if len(s.faults) == 0 {
		return nil
	}
	text := ""
	for _, f := range s.faults {
		text += f + "; "
	}
	if s.more > 0 {
		text += fmt.Sprintf("and %d more; ", s.more)
	}
	return fmt.Errorf("%w: %sread as far as it fits", deepreview.ErrBadAnswer, text)
}

// word is a JSON string or number, as text; anything else is empty.
type word string

// UnmarshalJSON implements json.Unmarshaler.
func (w *word) UnmarshalJSON(data []byte) error {
	var text string
	var number json.Number
	switch {
	case json.Unmarshal(data, &text) == nil:
		*w = word(text)
	case json.Unmarshal(data, &number) == nil:
		*w = word(number)
	}
	return nil
}
