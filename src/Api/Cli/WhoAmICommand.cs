using System.CommandLine;
using Migrate.Api.Security.Sessions;

namespace Migrate.Api.Cli;

internal static class WhoAmICommand
{
    public static Command Build(CommandSet cli) => cli.Verb(
        "whoami",
        "Shows which account the server takes you for, and what it may do.",
        [],
        async (invocation, cancellationToken) =>
        {
            var session = await invocation.Api.GetAsync<SessionView>("session", cancellationToken);
            invocation.Print(session, output => output.WriteLine($"{session.Name}, {session.Role}, by {session.Through}{(session.Areas.Count > 0 ? ", only " + string.Join(", ", session.Areas) : "")}"));
            return ExitCode.Done;
        },
        "migrate whoami");
}
