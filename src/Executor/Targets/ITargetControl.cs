using System.Net;
using Migrate.Target.Admin;

namespace Migrate.Executor.Targets;

/// <summary>
/// All that runs ask of the target beside reading and writing, whether it is in this process or another machine's. Methods do what those
/// of <see cref="NvmeTarget"/> do and throw its <see cref="TargetException"/>s; a target elsewhere also throws <c>target.unreachable</c>.
/// </summary>
public interface ITargetControl
{
    /// <summary>The target itself where it is in this process: the way to its storage is short then.</summary>
    NvmeTarget? Local => null;

    Task<TargetPlace> PlaceAsync(CancellationToken cancellationToken);

    Task<NamespaceInfo?> FindNamespaceAsync(Guid uuid, CancellationToken cancellationToken);

    Task<IReadOnlyList<NamespaceInfo>> ListNamespacesAsync(CancellationToken cancellationToken);

    Task<NamespaceInfo> CreateNamespaceAsync(NamespaceSpec spec, CancellationToken cancellationToken);

    Task DeleteNamespaceAsync(Guid uuid, bool deleteBacking, CancellationToken cancellationToken);

    /// <summary>Only this host may write from here on; an epoch lower than one before is refused with <c>target.epoch-stale</c>.</summary>
    Task GrantAsync(Guid uuid, string hostNqn, long epoch, CancellationToken cancellationToken);

    /// <inheritdoc cref="NvmeTarget.FindData"/>
    Task<DataMap> FindDataAsync(Guid uuid, long from, CancellationToken cancellationToken);

    Task TakeOfflineAsync(Guid uuid, CancellationToken cancellationToken);

    Task BringOnlineAsync(Guid uuid, CancellationToken cancellationToken);

    /// <summary>What namespaces' reads and writes took in the target since it started, by UUID; none of those without a command.</summary>
    Task<IReadOnlyDictionary<Guid, NamespaceTimes>> TimesAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<Guid, NamespaceTimes>>(new Dictionary<Guid, NamespaceTimes>());
}

/// <summary>Reads and writes of a namespace, and how long they took together, from a command's last byte to its answer.</summary>
public readonly record struct NamespaceTimes(long Reads, double ReadSeconds, long Writes, double WriteSeconds);

/// <summary>Where a target is.</summary>
/// <param name="EndPoint">Where this process connects to it by NVMe/TCP.</param>
/// <param name="SubsystemNqn">The subsystem that holds the runs' namespaces.</param>
/// <param name="Directory">Where its backing files are, on its own machine.</param>
/// <param name="FreeBytes">Free space there.</param>
public sealed record TargetPlace(IPEndPoint EndPoint, string SubsystemNqn, string Directory, long FreeBytes);
