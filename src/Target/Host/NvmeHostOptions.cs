using System.Net;
using Migrate.Target.Admin;
using Migrate.Target.Authentication;
using Migrate.Target.Tls;

namespace Migrate.Target.Host;

/// <summary>Whom a <see cref="NvmeHost"/> connects to, as whom and with what.</summary>
public sealed record NvmeHostOptions
{
    /// <summary>The target's address and port.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>NQN of the subsystem to connect to.</summary>
    public required string SubsystemNqn { get; init; }

    /// <summary>NQN of this host; the target's grants go by it.</summary>
    public required string HostNqn { get; init; }

    /// <summary>Identifier of this host; one host NQN always goes with one identifier.</summary>
    public required Guid HostId { get; init; }

    /// <summary>What proves this host when the target wants it authenticated (DH-HMAC-CHAP).</summary>
    public DhChapSecret? HostKey { get; init; }

    /// <summary>With it, the target must prove that it has this secret, too; needs <see cref="HostKey"/>.</summary>
    public DhChapSecret? ControllerKey { get; init; }

    /// <summary>Pre-shared key for TLS 1.3, which the target's port must then speak; null without TLS.</summary>
    public TlsKey? TlsKey { get; init; }

    /// <summary>True when the target's side derives from <see cref="TlsKey"/> as libnvme before 1.16 (nvme-cli before 2.16) does, and not as the specification says.</summary>
    public bool TlsCompatible { get; init; }

    /// <summary>
    /// The target itself where it is in this process: reads and writes that need no waiting then go past the connections, which stay and decide
    /// whether the host is connected at all. Null to have everything go by NVMe/TCP.
    /// </summary>
    public NvmeTarget? Local { get; init; }

    /// <summary>Asked where a namespace keeps something (<see cref="NvmeTarget.FindData"/>) when its storage is not at hand: NVMe has no simple command for that. Null when nobody knows.</summary>
    public Func<Guid, long, CancellationToken, Task<DataMap>>? FindData { get; init; }

    /// <summary>I/O queue pairs to ask for; the target may give fewer. Each is one TCP connection.</summary>
    public int IoQueues { get; init; } = 2;

    /// <summary>Entries per I/O queue: one fewer commands are in flight at once. The target may give fewer.</summary>
    public int QueueDepth { get; init; } = 128;

    /// <summary>CRC32C over every PDU header.</summary>
    public bool HeaderDigest { get; init; }

    /// <summary>CRC32C over all data.</summary>
    public bool DataDigest { get; init; }

    /// <summary>Time within which connecting must succeed.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A command unanswered for this long ends the connection.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// A command whose caller has cancelled it is over when it is answered; unanswered for this long after that, it ends the connection, so that nobody who
    /// wants to stop waits for a target that has fallen silent.
    /// </summary>
    public TimeSpan CancelledTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Keep-alive timeout that the target is told; zero turns keep-alive off.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// For how long a lost connection is tried to be made again, its unanswered commands waiting; they are then repeated, which is
    /// right for the namespace's only writer. Zero: every command fails as soon as the connection is lost.
    /// </summary>
    public TimeSpan LossTimeout { get; init; }

    /// <summary>Wait between two attempts to connect again.</summary>
    public TimeSpan ReconnectDelay { get; init; } = TimeSpan.FromSeconds(2);
}
