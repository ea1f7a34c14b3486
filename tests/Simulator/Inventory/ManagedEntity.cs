using Migrate.Simulator.Values;

namespace Migrate.Simulator.Inventory;

/// <summary>An object of the inventory tree.</summary>
public abstract class ManagedEntity(Vcenter vcenter, string type, string id, string name, ManagedEntity? parent) : ManagedObject(type, id)
{
    public string Name { get; private set; } = name;

    public ManagedEntity? Parent { get; } = parent;

    /// <summary>What a view over this entity walks into.</summary>
    public virtual IEnumerable<ManagedEntity> Children => [];

    internal Vcenter Vcenter { get; } = vcenter;

    /// <summary>Somebody gave it another name.</summary>
    public virtual void Rename(string name)
    {
        Name = name;
        Vcenter.Changes.Signal();
    }

    protected override object? Property(string name) => name switch
    {
        "name" => Name,
        "parent" => Parent?.Ref,
        "overallStatus" or "configStatus" => "green",
        "recentTask" => References(Vcenter.Tasks.RecentOf(this)),
        "alarmActionsEnabled" => true,
        "effectiveRole" => new[] { -1 },
        _ => null,
    };

    protected static List<MoRef> References(IEnumerable<ManagedObject> objects) => [.. objects.Select(o => o.Ref)];
}
