using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Migrate.Api.Cli;

/// <summary>The command's examples before the usual help, since most look for one of them, and the exit codes after it.</summary>
internal sealed class HelpWithExamples(HelpAction plain, IReadOnlyDictionary<Command, IReadOnlyList<string>> examples) : SynchronousCommandLineAction
{
    /// <summary>What the help of the program itself begins with: the way of one VM.</summary>
    public static readonly IReadOnlyList<string> FirstSteps =
    [
        "migrate doctor",
        "migrate source add vc1 --url https://vcenter.example --user migrate@vsphere.local --password-file /run/secrets/vc1",
        "migrate inventory sync vc1",
        "migrate host add kvm1 --uri qemu:///system",
        "migrate plan create first --source vc1 --host kvm1 --vm web01 --network 'VM Network=bridge:br0' --shut-down-source",
        "migrate plan check first",
        "migrate wave start first --wave 1 --wait",
        "migrate report export first --html first.html",
    ];

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        using var usual = new StringWriter();
        parseResult.InvocationConfiguration.Output = usual;
        var code = plain.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;

        var command = parseResult.CommandResult.Command;
        var lines = command is RootCommand ? [.. FirstSteps]
            : examples.TryGetValue(command, out var own) ? own.ToList()
            : examples.Where(e => e.Key.Parents.Contains(command)).SelectMany(e => e.Value.Take(1)).ToList();
        var text = usual.ToString();
        var usage = Math.Max(0, text.IndexOf("Usage:", StringComparison.Ordinal));
        output.Write(text[..usage]);
        if (lines.Count > 0)
        {
            output.WriteLine("Examples:");
            lines.ForEach(x => output.WriteLine("  " + x));
            output.WriteLine();
        }

        output.Write(text[usage..]);
        output.WriteLine(ExitCode.Help);
        return code;
    }
}
