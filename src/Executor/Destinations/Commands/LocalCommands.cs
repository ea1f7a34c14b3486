namespace Migrate.Executor.Destinations.Commands;

/// <summary>Commands of the machine that this process runs on.</summary>
public sealed class LocalCommands(TimeProvider time) : IHostCommands
{
    public string Where => "this machine";

    public Task<HostCommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken) =>
        ProcessRun.RunAsync(command.Arguments[0], [.. command.Arguments.Skip(1)], command, Where, time, cancellationToken);
}
