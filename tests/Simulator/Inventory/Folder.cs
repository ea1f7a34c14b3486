namespace Migrate.Simulator.Inventory;

public sealed class Folder(Vcenter vcenter, string id, string name, ManagedEntity? parent, IReadOnlyList<string> childTypes)
    : ManagedEntity(vcenter, "Folder", id, name, parent)
{
    private readonly Lock _lock = new();
    private List<ManagedEntity> _children = [];

    public override IEnumerable<ManagedEntity> Children => Volatile.Read(ref _children);

    public IReadOnlyList<string> ChildTypes => childTypes;

    public void Add(ManagedEntity child) => Append([child]);

    /// <summary>Copies on write, so that a walk over the children never sees a change.</summary>
    public void Append(IEnumerable<ManagedEntity> children)
    {
        lock (_lock)
        {
            Volatile.Write(ref _children, [.. _children, .. children]);
        }
    }

    public void Remove(ManagedEntity child)
    {
        lock (_lock)
        {
            Volatile.Write(ref _children, [.. _children.Where(c => c != child)]);
        }
    }

    protected override object? Property(string name) => name switch
    {
        "childType" => childTypes,
        "childEntity" => References(Children),
        _ => base.Property(name),
    };
}
