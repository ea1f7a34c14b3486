namespace Migrate.Executor.Sources.Nbd;

public sealed record NbdReaderOptions
{
    /// <summary>Connections, where the server says that several see the same disk; otherwise there is one.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>Requests in flight on each connection.</summary>
    public int RequestsPerConnection { get; init; } = 8;

    /// <summary>Longest request: a range that is longer is asked for in parts.</summary>
    public int RequestBytes { get; init; } = 1 << 20;

    /// <summary>Tries of a read that fails for a reason that may pass; each on a connection that works.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Doubled with every try.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>A server with requests to answer that sends nothing for this long counts as lost.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
