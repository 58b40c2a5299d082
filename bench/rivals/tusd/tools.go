//go:build tools

// Names the server that ./dev bench builds, so that go.mod and go.sum pin it and all that it needs.
package rivals

import _ "github.com/tus/tusd/v2/cmd/tusd"
