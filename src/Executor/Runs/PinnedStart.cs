using System.Collections.Concurrent;
using Migrate.Executor.Domains;

namespace Migrate.Executor.Runs;

/// <summary>
/// One domain after another where domains have CPUs for themselves: of two that are designed at once, neither would know of the other's, and both would take
/// the same. Cutovers are the server's, of which a database has one, so that turns within the process are enough.
/// </summary>
public sealed class PinnedStart
{
    private readonly ConcurrentDictionary<Guid, SemaphoreSlim> _turns = new();

    /// <summary>Whether it claims CPUs, as <see cref="CpuClaims"/> counts them.</summary>
    public static bool Pins(DomainXml design) => CpuClaims.Of([design.Xml], Guid.Empty).Count > 0;

    /// <summary>Defines and starts a domain that was designed; one that pins is designed anew when it is its turn at the host.</summary>
    /// <param name="hostId">Of the KVM host.</param>
    /// <param name="design">As it was before.</param>
    /// <param name="redesign">Looks at the host's domains.</param>
    /// <param name="start">Gets the design that counts, and returns when libvirt knows it.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    public async Task RunAsync(Guid hostId, DomainXml design, Func<Task<DomainXml>> redesign, Func<DomainXml, Task> start, CancellationToken cancellationToken)
    {
        if (!Pins(design))
        {
            await start(design);
            return;
        }

        var turn = _turns.GetOrAdd(hostId, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            await start(await redesign());
        }
        finally
        {
            turn.Release();
        }
    }
}
