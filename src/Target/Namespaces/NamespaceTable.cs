using System.Collections.Immutable;

namespace Migrate.Target.Namespaces;

/// <summary>The subsystem's namespaces by NSID: read by every command without a lock, replaced as a whole on change.</summary>
internal sealed class NamespaceTable
{
    /// <summary>NN and MNAN of Identify Controller: NSIDs are 1 to this.</summary>
    public const uint MaxNsid = 1024;

    private ImmutableArray<Namespace?> _byNsid = ImmutableArray.CreateRange(new Namespace?[MaxNsid + 1]);
    private readonly Lock _gate = new();

    /// <summary>The namespace, online or not; null when there is none.</summary>
    public Namespace? Find(uint nsid) => nsid is > 0 and <= MaxNsid ? _byNsid[(int)nsid] : null;

    public Namespace? Find(Guid uuid) => _byNsid.FirstOrDefault(n => n?.Uuid == uuid);

    public IEnumerable<Namespace> All => _byNsid.OfType<Namespace>();

    public void Set(uint nsid, Namespace? value)
    {
        lock (_gate)
        {
            _byNsid = _byNsid.SetItem((int)nsid, value);
        }
    }
}
