namespace Migrate.Target.Host;

/// <summary>What TCP did with the connections to a target since they were made, summed over them (Linux, TCP_INFO).</summary>
/// <param name="Connections">How many there are.</param>
/// <param name="Busy">While there were bytes to send, or sent and not acknowledged.</param>
/// <param name="HeldByTarget">The part of it in which the target had no room to receive.</param>
public readonly record struct LinkTimes(int Connections, TimeSpan Busy, TimeSpan HeldByTarget)
{
    /// <summary>Microseconds in tcpi_busy_time and tcpi_rwnd_limited of struct tcp_info (linux/tcp.h, since 4.10).</summary>
    internal const int BusyAt = 168;
    internal const int HeldAt = 176;
}
