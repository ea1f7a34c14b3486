namespace Migrate.Executor.Destinations.Commands;

/// <summary>Commands of another machine, by the system's ssh client.</summary>
public sealed class SshCommands(SshAddress address, TimeProvider time) : IHostCommands
{
    private const int SshFailed = 255;
    // A login takes several round trips, and a slow machine some seconds of computing.
    private static readonly TimeSpan LoginLimit = TimeSpan.FromSeconds(60);

    internal string Program { get; init; } = "ssh";

    public string Where => address.ToString();

    public async Task<HostCommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken)
    {
        var result = await ProcessRun.RunAsync(Program, [.. address.Options, .. address.Destination, ShellQuote.Join(command.Arguments)], command, Where, time, cancellationToken);
        // 255 may be the program's own status; ssh says why when it is ssh's.
        return result.ExitCode == SshFailed && SshFailure.Of(address, result.Errors) is { } failure ? throw failure : result;
    }

    /// <summary>Logs in and does nothing: who cannot come in is told why, with the key that the host showed.</summary>
    /// <exception cref="Planner.MigrateException">ssh.*: what ssh said, named.</exception>
    public async Task LogInAsync(CancellationToken cancellationToken)
    {
        var command = new HostCommand("true") { Limit = LoginLimit };
        var result = await ProcessRun.RunAsync(Program, ["-v", .. address.Options, .. address.Destination, "true"], command, Where, time, cancellationToken);
        if (result.ExitCode == SshFailed)
        {
            throw SshFailure.Of(address, result.Errors) ?? SshFailure.Other(address, result.LastWords);
        }
    }
}
