package github_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/github"
)

// A pull request is named by its page. What is posted to it is what a report holds; here nothing is sent.
func Example() {
	ref, err := github.ParseRef("https://ghe.example.com/octo/shop/pull/7/files")
	if err != nil {
		fmt.Println(err)
		return
	}
	client := &github.Client{BaseURL: github.APIURL(ref.Host)}
	fmt.Println(ref, "by", client.BaseURL)
	// Output: octo/shop#7 by https://ghe.example.com/api/v3/
}

// The whole way: load, review, post. The token is the caller's to find.
func ExampleClient_Post() {
	review := func(ctx context.Context, reviewers []deepreview.Reviewer, w io.Writer) error {
		ref := github.Ref{Owner: "octo", Name: "shop", Number: 7}
		client := &github.Client{Token: os.Getenv("GITHUB_TOKEN")}
		pull, err := client.Load(ctx, ref, &github.LoadOptions{Clone: "."})
		if err != nil {
			return err
		}
		defer pull.Close()
		reviews, err := deepreview.Run(ctx, pull.Change, reviewers, nil)
		if err != nil {
			return err
		}
		rep, err := new(deepreview.Pipeline).Consolidate(ctx, pull.Change, reviews)
		if err != nil {
			return err
		}
		posted, err := client.Post(ctx, pull.Ref, pull.Change, rep, nil)
		if posted != nil {
			fmt.Fprintf(w, "%d new, %d kept, %d fixed: %s\n", len(posted.Commented), len(posted.Kept), len(posted.Fixed), posted.URL)
		}
		return err
	}
	_ = review
}
