namespace Migrate.Planner.VSphere.Calls;

/// <summary>
/// How much of a source server's API is used, over everything that this process does there: SOAP and REST, all services of the server.
/// Disk data is not counted; it has a budget of its own.
/// </summary>
public sealed record CallLimits
{
    /// <summary>Calls under way at once.</summary>
    public int AtOnce { get; init; } = 8;

    /// <summary>Calls per second in the long run.</summary>
    public double PerSecond { get; init; } = 100;

    /// <summary>Calls that may follow each other without a wait after a quiet time: a synchronisation of a large source.</summary>
    public int Burst { get; init; } = 1000;

    /// <summary>How long one call may take, from its turn to the last byte of its answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a call is sent that the server answers with 503 or 429; it has not done anything with those.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The first pause after such an answer that does not say how long; it doubles with each.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>No pause is longer. A server that asks for a longer one is given up, to be tried again later.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Bytes of one answer; a page of 250 VMs has some five million.</summary>
    public long AnswerBytes { get; init; } = 256L << 20;

    /// <summary>Where calls may go, and disks be read.</summary>
    public SourceAddresses Addresses { get; init; } = SourceAddresses.Usual;
}
