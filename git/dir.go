package git

import (
	"context"
	"errors"
)

// Dir returns the folder in which the repository that dir is in keeps its data, usually .git; worktrees share it. "" means the
// current folder. It is where a program keeps what belongs to the repository and is no part of it.
func Dir(ctx context.Context, dir string) (string, error) {
	r, err := open(ctx, dir, Options{})
	if err != nil {
		return "", err
	}
	return r.commonDir, errors.Join(r.close())
}
