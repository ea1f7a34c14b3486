using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Migrate.Api.Cli;

/// <summary>The usual help, then the command's examples and the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction plain, IReadOnlyDictionary<Command, IReadOnlyList<string>> examples) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var code = plain.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var command = parseResult.CommandResult.Command;
        var lines = examples
            .Where(e => e.Key == command || e.Key.Parents.Contains(command) || command is RootCommand)
            .SelectMany(e => command is RootCommand ? e.Value.Take(1) : e.Value)
            .ToList();
        if (lines.Count > 0)
        {
            output.WriteLine("Examples:");
            foreach (var line in lines)
            {
                output.WriteLine("  " + line);
            }

            output.WriteLine();
        }

        output.WriteLine(ExitCode.Help);
        return code;
    }
}
