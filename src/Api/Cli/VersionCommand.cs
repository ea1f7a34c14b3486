using System.CommandLine;
using Migrate.Api.Hosting;

namespace Migrate.Api.Cli;

internal static class VersionCommand
{
    public static Command Build(CommandSet cli) => cli.Local(
        "version",
        "Prints the version of this program.",
        [cli.AsJson],
        (invocation, _) =>
        {
            invocation.Print(new VersionView(ProductVersion.Value), output => output.WriteLine($"migrate {ProductVersion.Value}"));
            return Task.FromResult(ExitCode.Done);
        },
        "migrate version --json");
}
