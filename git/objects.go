package git

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxHeld is the size from which content is streamed by a process of its own, and not held in memory.
const maxHeld = 8 << 20

// objects reads objects by their id, from a few git processes that stay up. It is safe for concurrent use.
type objects struct {
	r *repository
	// slots has an element for each process that may still be started or used; nil is one not started yet.
	slots chan *reader
}

func newObjects(r *repository) *objects {
	o := &objects{r: r, slots: make(chan *reader, parallel())}
	for range cap(o.slots) {
		o.slots <- nil
	}
	return o
}

// reader is one git cat-file that answers requests.
type reader struct {
	p   *process
	out *bufio.Reader
}

// size returns the size of an object.
func (o *objects) size(ctx context.Context, id string) (n int64, err error) {
	err = o.ask(ctx, "info", id, func(rd *reader, size int64) error {
		n = size
		return nil
	})
	return n, err
}

// read returns the content of an object; one of more than most bytes is ErrTooLarge.
func (o *objects) read(ctx context.Context, id string, most int64) (content []byte, err error) {
	n, err := o.size(ctx, id)
	if err != nil {
		return nil, err
	}
	if n > most {
		return nil, fmt.Errorf("%w: object %s has %s", ErrTooLarge, id, size(n))
	}
	return o.contents(ctx, id, n)
}

// contents returns the content of an object whose size is known.
func (o *objects) contents(ctx context.Context, id string, known int64) (content []byte, err error) {
	err = o.ask(ctx, "contents", id, func(rd *reader, n int64) error {
		if n != known {
			return fmt.Errorf("object %s has %d bytes where %d were expected", id, n, known)
		}
		content = make([]byte, n)
		if _, err := io.ReadFull(rd.out, content); err != nil {
			return err
		}
		if end, err := rd.out.ReadByte(); err != nil || end != '\n' {
			return errors.Join(errors.New("git cat-file wrote more than the object"), err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return content, nil
}

// errAbsent is git's own answer for an object it does not have. The process goes on after it.
var errAbsent = errors.New("missing")

// ask has one of the processes answer a request about the object id, and take read what follows the answer's first line.
func (o *objects) ask(ctx context.Context, request, id string, take func(rd *reader, size int64) error) error {
	if !o.r.objectID(id) {
		return fmt.Errorf("%q is no object id", printable(id, 100))
	}
	var rd *reader
	select {
	case rd = <-o.slots:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-o.r.ctx.Done():
		return errClosed
	}
	if rd == nil {
		p, err := o.r.start(o.r.ctx, o.r.shadowed("cat-file", "--batch-command"), true)
		if err != nil {
			o.slots <- nil
			return err
		}
		rd = &reader{p: p, out: bufio.NewReaderSize(p.stdout, 64<<10)}
	}
	// A request that is given up leaves an answer behind that nobody may take for the next one's.
	stop := context.AfterFunc(ctx, rd.p.kill)
	err := rd.answer(request, id, take)
	killed := !stop()
	switch {
	case err == nil && !killed, errors.Is(err, errAbsent) && !killed:
		o.slots <- rd
	default:
		rd.p.kill()
		waitErr := rd.p.wait()
		o.slots <- nil
		switch {
		case err == nil:
			return nil // it was answered before it was given up
		case o.r.ctx.Err() != nil:
			return errClosed
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case rd.p.ended() && waitErr != nil:
			err = waitErr // git says more than the end of its output does
		}
		return fmt.Errorf("object %s: %w", id, o.r.missingObject(err))
	}
	if err != nil {
		return o.r.missingObject(fmt.Errorf("object %s", id))
	}
	return nil
}

// answer sends a request and reads the answer: "id type size".
func (rd *reader) answer(request, id string, take func(rd *reader, size int64) error) error {
	if _, err := io.WriteString(rd.p.stdin, request+" "+id+"\n"); err != nil {
		return err
	}
	line, err := rd.out.ReadString('\n')
	if err != nil {
		return err
	}
	fields := strings.Fields(line)
	if len(fields) == 2 && fields[0] == id && fields[1] == "missing" {
		return errAbsent
	}
	if len(fields) != 3 || fields[0] != id {
		return fmt.Errorf("git cat-file answered %q", printable(line, 200))
	}
	n, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("git cat-file answered %q", printable(line, 200))
	}
	return take(rd, n)
}

// stream returns the content of a blob as it comes from a git process of its own, which ends with Close.
func (o *objects) stream(id string) (io.ReadCloser, error) {
	p, err := o.r.start(o.r.ctx, o.r.shadowed("cat-file", "blob", id), false)
	if err != nil {
		return nil, err
	}
	return &blobStream{p: p, o: o, out: bufio.NewReaderSize(p.stdout, 64<<10)}, nil
}

// blobStream is the output of one git cat-file.
type blobStream struct {
	p   *process
	o   *objects
	out *bufio.Reader
	// end is what the reading ended with; nil until then.
	end error
}

func (s *blobStream) Read(b []byte) (int, error) {
	if s.end != nil {
		return 0, s.end
	}
	n, err := s.out.Read(b)
	if err == nil || n > 0 {
		return n, nil
	}
	s.end = err
	if waitErr := s.p.wait(); waitErr != nil {
		s.end = s.o.r.missing(waitErr)
	}
	return 0, s.end
}

func (s *blobStream) Close() error {
	s.p.kill()
	_ = s.p.wait() // it was stopped by us
	return nil
}
