using System.Xml.Linq;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Tasks;
using Migrate.Simulator.Values;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Events;

/// <summary>
/// What happened to VMs: tasks that ran, power, settings that were edited, moves that a test records. An answer holds at most a thousand events, newest first, as
/// real servers cut it off without a word.
/// </summary>
public sealed class EventManager(Vcenter vcenter) : ManagedObject("EventManager", "EventManager")
{
    public const int MostPerAnswer = 1000;
    private readonly List<DataObject> _events = [];
    private readonly Lock _lock = new();
    private int _last;

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken) => call.Method switch
    {
        "QueryEvents" => Task.FromResult(new Reply(Query(call.Argument("filter")!), "Event")),
        _ => base.InvokeAsync(call, cancellationToken),
    };

    /// <summary>A task that ran or is said to have run: its TaskEvent carries the task's descriptionId.</summary>
    internal void RecordTask(VirtualMachine vm, string descriptionId, DateTime at)
    {
        var task = new VimTask(vcenter, vcenter.NewId("task"), vm, descriptionId, descriptionId);
        Record(vm, "TaskEvent", ("info", task.Read("info")), at, $"Task: {descriptionId}");
    }

    /// <summary>VmMigratedEvent, DrsVmMigratedEvent or VmRelocatedEvent, without a word of the storage.</summary>
    internal void RecordMove(VirtualMachine vm, string type, DateTime at) => Record(vm, type, ("sourceHost", HostOf(vm)), at, $"{type} of {vm.Name}");

    /// <summary>The same with where the VM was and is. <paramref name="move"/> is carried out.</summary>
    internal void RecordMove(VirtualMachine vm, string type, DateTime at, Action move)
    {
        var (host, datastore) = (HostOf(vm), DatastoreOf(vm));
        move();
        lock (_lock)
        {
            Record(vm, type, ("sourceHost", host), at, $"{type} of {vm.Name}");
            var e = _events[^1];
            e["sourceDatastore"] = datastore;
            e["host"] = HostOf(vm);
            e["ds"] = DatastoreOf(vm);
        }
    }

    /// <summary>As a server tells of it, whoever did it and however: VmStartingEvent and VmPoweredOnEvent, VmPoweredOffEvent, VmSuspendedEvent.</summary>
    internal void RecordPower(VirtualMachine vm, string before, string after)
    {
        string[] types = (before, after) switch
        {
            ("suspended", "poweredOn") => ["VmResumingEvent", "VmPoweredOnEvent"],
            (_, "poweredOn") => ["VmStartingEvent", "VmPoweredOnEvent"],
            (_, "suspended") => ["VmSuspendedEvent"],
            _ => ["VmPoweredOffEvent"],
        };
        foreach (var type in types)
        {
            Record(vm, type, null, vcenter.Now, $"{type} of {vm.Name}");
        }
    }

    /// <summary>Somebody edited the VM's settings.</summary>
    internal void RecordReconfigured(VirtualMachine vm) =>
        Record(vm, "VmReconfiguredEvent", ("configSpec", new DataObject("VirtualMachineConfigSpec")), vcenter.Now, $"Reconfigured {vm.Name}");

    /// <summary>What a server that was restarted, or kept its events for a short time only, knows.</summary>
    internal void Forget()
    {
        lock (_lock)
        {
            _events.Clear();
        }
    }

    private static DataObject HostOf(VirtualMachine vm) => DataObject.Of("HostEventArgument", ("name", vm.Host.Name), ("host", vm.Host.Ref));

    private static DataObject DatastoreOf(VirtualMachine vm) => DataObject.Of("DatastoreEventArgument", ("name", vm.Home.Name), ("datastore", vm.Home.Ref));

    protected override object? Property(string name)
    {
        lock (_lock)
        {
            return name == "latestEvent" ? _events.LastOrDefault() : null;
        }
    }

    private void Record(VirtualMachine vm, string type, (string Name, object? Value)? property, DateTime at, string message)
    {
        lock (_lock)
        {
            var e = DataObject.Of(
                type,
                ("key", ++_last),
                ("chainId", _last),
                ("createdTime", at),
                ("userName", vcenter.Options.UserName),
                ("vm", DataObject.Of("VmEventArgument", ("name", vm.Name), ("vm", vm.Ref))),
                ("fullFormattedMessage", message));
            if (property is { } own)
            {
                e[own.Name] = own.Value;
            }

            if (e.Type.Is("VmEvent"))
            {
                e["template"] = false;
            }

            _events.Add(e);
        }
    }

    private List<DataObject> Query(XElement filter)
    {
        var (from, to) = (filter.Child("time")?.Time("beginTime"), filter.Child("time")?.Time("endTime"));
        var types = filter.Children("eventTypeId").Select(e => e.Value.Trim()).ToHashSet(StringComparer.Ordinal);
        var entity = filter.Child("entity")?.Child("entity")?.AsReference();
        lock (_lock)
        {
            return
            [
                .. _events
                    .Where(e => (from is null || (DateTime)e["createdTime"]! >= from) && (to is null || (DateTime)e["createdTime"]! <= to))
                    .Where(e => types.Count == 0 || types.Contains(e.Type.Name))
                    .Where(e => entity is not { Type: "VirtualMachine" } || Equals(((DataObject)e["vm"]!)["vm"], entity))
                    .OrderByDescending(e => (DateTime)e["createdTime"]!).Take(MostPerAnswer),
            ];
        }
    }
}
