using System.Net;
using Migrate.Target.Authentication;
using Migrate.Target.Namespaces;

namespace Migrate.Target.Admin;

/// <summary>How a <see cref="NvmeTarget"/> listens and what it offers to hosts.</summary>
public sealed record TargetOptions
{
    /// <summary>Where the namespaces live: <c>namespaces.json</c> and one sparse <c>&lt;uuid&gt;.raw</c> per namespace. Made when absent.</summary>
    public required string Directory { get; init; }

    /// <summary>Address to listen on.</summary>
    public IPAddress Listen { get; init; } = IPAddress.Loopback;

    /// <summary>TCP port for I/O and discovery (4420 by convention); 0 takes any free port.</summary>
    public int Port { get; init; } = 4420;

    /// <summary>A second port, for discovery only (8009 is the registered one); null for none, 0 for any free port.</summary>
    public int? DiscoveryPort { get; init; }

    /// <summary>Further ports, such as a second path for the hosts.</summary>
    public IReadOnlyList<PortSpec> MorePorts { get; init; } = [];

    /// <summary>NQN of the default subsystem, which is always there and at first allows any host.</summary>
    public string SubsystemNqn { get; init; } = "nqn.2026-01.org.migrate:target";

    /// <summary>I/O queue pairs, that is TCP connections beside the admin one, that one controller may have.</summary>
    public int MaxIoQueues { get; init; } = 16;

    /// <summary>Entries per I/O queue (CAP.MQES + 1), 32 to 1024.</summary>
    public int MaxQueueEntries { get; init; } = 1024;

    /// <summary>Write data up to this many bytes travels inside the command capsule (IOCCSZ); longer writes wait for an R2T. A multiple of 16 from 4 KiB to 128 KiB.</summary>
    public int InCapsuleBytes { get; init; } = 16 * 1024;

    /// <summary>TCP connections per port at once, 2 to 65535; further ones are closed as they come.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>Time in which a new connection must have said who it is (ICReq and Connect), above zero and at most an hour; else it is closed.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// True lets the capacities of thin namespaces exceed what the file system can hold: whoever makes them minds what is written. A preallocated one
    /// must always fit.
    /// </summary>
    public bool Overcommit { get; init; }

    /// <summary>True lets only hosts in that have secrets (<see cref="NvmeTarget.SetHostKeys"/>); a host that has secrets must always authenticate.</summary>
    public bool RequireAuthentication { get; init; }

    /// <summary>Hashes that DH-HMAC-CHAP may use, the preferred one first; the first that the host offers, too, is taken.</summary>
    public IReadOnlyList<DhChapHash> AuthenticationHashes { get; init; } = [DhChapHash.Sha256, DhChapHash.Sha384, DhChapHash.Sha512];

    /// <summary>
    /// Groups that DH-HMAC-CHAP may use, the preferred one first. A larger one takes longer on each queue; without any
    /// (<see cref="DhChapGroup.Null"/>) who listens can try secrets at leisure, which is hopeless for random ones.
    /// </summary>
    public IReadOnlyList<DhChapGroup> AuthenticationGroups { get; init; } =
        [DhChapGroup.Ffdhe3072, DhChapGroup.Ffdhe4096, DhChapGroup.Ffdhe2048, DhChapGroup.Ffdhe6144, DhChapGroup.Ffdhe8192, DhChapGroup.Null];

    /// <summary>Address that the discovery log names; null names the address at which the host reached this target.</summary>
    public IPAddress? AdvertisedAddress { get; init; }

    /// <summary>
    /// Data in bytes that one connection may have under way from the host, and as much again in the storage's hands; 256 KiB to
    /// 1 GiB. Commands beyond that wait for others. A connection that is full and takes no answers holds at most 5 times this and 2 MiB.
    /// </summary>
    public long ConnectionBytes { get; init; } = 4L << 20;

    /// <summary>How connections are served.</summary>
    public TargetEngine Engine { get; init; } = TargetEngine.Auto;

    /// <summary>CPU cores for the event loops, one loop bound to each; empty for <see cref="Loops"/> loops that run wherever the system puts them.</summary>
    public IReadOnlyList<int> Cores { get; init; } = [];

    /// <summary>Event loops when <see cref="Cores"/> is empty; 0 for half of the machine's cores, at least one and at most eight.</summary>
    public int Loops { get; init; }

    /// <summary>How long an event loop polls after there was work before it sleeps: quick answers at low queue depths for some CPU time. Zero to 10 ms.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMicroseconds(50);

    /// <summary>Where the kernel tells of its devices; tests tell it otherwise.</summary>
    internal HostTree HostTree { get; init; } = HostTree.Real;
}

/// <summary>What serves connections.</summary>
public enum TargetEngine
{
    /// <summary>Event loops on Linux, threads elsewhere.</summary>
    Auto,

    /// <summary>Few threads with many connections each (epoll), and io_uring for what waits for a device.</summary>
    EventLoops,

    /// <summary>The same with threads that wait for the device instead of io_uring, for where that is forbidden.</summary>
    EventLoopsWithoutRing,

    /// <summary>A thread per connection on .NET's sockets.</summary>
    Threads,
}
