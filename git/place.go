package git

import (
	"context"
	"errors"
)

// Place is where a repository is.
type Place struct {
	// Dir is the folder in which it keeps its data, usually .git; worktrees share it. A program keeps there what belongs to the
	// repository and is no part of it.
	Dir string
	// Repository is where it is from, without credentials: "github.com/owner/name"; empty where that is not known.
	Repository string
}

// Locate finds the repository that the folder dir is in; "" means the current one.
func Locate(ctx context.Context, dir string) (Place, error) {
	r, err := open(ctx, dir, Options{})
	if err != nil {
		return Place{}, err
	}
	p := Place{Dir: r.commonDir}
	if o, ok := parseRemote(r.config.last("remote." + r.remote() + ".url")); ok {
		p.Repository = o.name()
	}
	return p, errors.Join(r.close())
}
