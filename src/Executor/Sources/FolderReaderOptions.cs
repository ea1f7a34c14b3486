namespace Migrate.Executor.Sources;

public sealed record FolderReaderOptions
{
    /// <summary>Bytes per GET: a multiple of an extent.</summary>
    public int RequestBytes { get; init; } = 4 << 20;

    /// <summary>GETs at once for this disk, as far as the host's budget allows.</summary>
    public int ParallelRequests { get; init; } = 4;

    /// <summary>Attempts without a byte of progress before a request gives up.</summary>
    public int Attempts { get; init; } = 8;

    /// <summary>Doubled with every attempt up to <see cref="LongestDelay"/>; a Retry-After of the source counts instead when it is longer.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Without a byte for this long a connection counts as cut. There is no limit on the whole: a long copy is no fault.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The host's budget, shared by all its disks; null when there is only this one.</summary>
    public HostBudget? Budget { get; init; }

    /// <summary>Logs in again after a 401, or uses the session so that it does not end; null when the requests carry what they need.</summary>
    public Func<CancellationToken, Task>? RenewSession { get; init; }

    /// <summary>The session is renewed at this age before anything is refused: servers end one after 30 minutes of only files.</summary>
    public TimeSpan RenewAfter { get; init; } = TimeSpan.FromMinutes(24);
}
