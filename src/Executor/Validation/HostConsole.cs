using System.Globalization;
using Migrate.Executor.Destinations.Commands;
using Migrate.Planner;

namespace Migrate.Executor.Validation;

/// <summary>A console's log on a KVM host elsewhere, read by its login. As base64: what a guest prints is not always text.</summary>
public sealed class HostConsole(IHostCommands commands, string path) : IConsoleFile
{
    private const int Missing = 44;
    private const int Denied = 45;
    private const int Bytes = 256 << 10;

    private const string Script = """
        LC_ALL=C; export LC_ALL
        file=$1 from=$2 most=$3
        [ -e "$file" ] || exit 44
        [ -r "$file" ] || exit 45
        [ "$(stat -c %s -- "$file")" -ge "$from" ] || from=0
        echo "$from"
        tail -c "+$((from + 1))" -- "$file" | head -c "$most" | base64 -w 0
        """;

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(2);

    public async Task<ConsolePart?> ReadAsync(long from, CancellationToken cancellationToken)
    {
        string[] arguments = ["sh", "-s", "--", path, from.ToString(CultureInfo.InvariantCulture), Bytes.ToString(CultureInfo.InvariantCulture)];
        var result = await commands.RunAsync(new HostCommand(arguments) { Input = Script, Limit = TimeSpan.FromMinutes(1) }, cancellationToken);
        var lines = result.Output.Split('\n');
        return result.ExitCode switch
        {
            Missing => null,
            Denied => throw new MigrateException("console.denied", $"The console log {path} on {commands.Where} cannot be read by this login.", "virtlogd writes it as root: name root in the host's URI."),
            0 when lines.Length == 2 && long.TryParse(lines[0], CultureInfo.InvariantCulture, out var begin) => new ConsolePart(begin, Convert.FromBase64String(lines[1])),
            _ => throw new MigrateException("console.unreadable", $"The console log {path} on {commands.Where} cannot be read: {result.LastWords}", "Mend what it says on that host, then retry the run.") { IsTransient = true },
        };
    }
}
