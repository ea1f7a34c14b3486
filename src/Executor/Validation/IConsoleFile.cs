namespace Migrate.Executor.Validation;

/// <summary>The log of a guest's serial console, on the machine where the domain runs: virtlogd writes it there.</summary>
public interface IConsoleFile
{
    /// <summary>How long to wait between two looks: one at another machine is a login.</summary>
    TimeSpan Interval { get; }

    /// <summary>What there is from a byte on, as much as comes at once; null when there is no file yet.</summary>
    /// <exception cref="Planner.MigrateException"><c>console.denied</c>; those of the way to the host.</exception>
    Task<ConsolePart?> ReadAsync(long from, CancellationToken cancellationToken);
}

/// <summary>Bytes of a console's log.</summary>
/// <param name="From">Where they begin: 0 in a log that is shorter than what was asked for, since virtlogd began a new one.</param>
/// <param name="Bytes">Empty at its end.</param>
public sealed record ConsolePart(long From, ReadOnlyMemory<byte> Bytes);
