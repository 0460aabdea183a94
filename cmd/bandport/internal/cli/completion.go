package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	cmd := &cobra.Command{
		Use:   "completion {bash | zsh | fish | powershell}",
		Short: "Write a script that completes commands and flags in your shell",
		Example: `  bandport completion bash > /etc/bash_completion.d/bandport
  bandport completion zsh > "${fpath[1]}/_bandport"
  bandport completion fish > ~/.config/fish/completions/bandport.fish
  bandport completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				for _, s := range shells {
					if args[0] == s {
						return nil
					}
				}
			}
			return &usageError{
				err:   fmt.Errorf("completion needs the name of a shell: bash, zsh, fish or powershell"),
				hints: []string{`"bandport completion --help" shows how to use the script`},
			}
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.Out, true)
			case "zsh":
				return root.GenZshCompletion(a.Out)
			case "fish":
				return root.GenFishCompletion(a.Out, true)
			default:
				return root.GenPowerShellCompletionWithDesc(a.Out)
			}
		},
	}
	exits(cmd, exitOK, exitUsage)
	return cmd
}
