using System.CommandLine;
using Migrate.Api.Inventory;
using Migrate.Planner.Inventory;

namespace Migrate.Api.Cli;

/// <summary>What VMs of an inventory are chosen by, beside a part of their name: <see cref="VmFilter"/> as options.</summary>
internal sealed class VmOptions
{
    private readonly Option<string?> _power = new("--power") { Description = "poweredOn, poweredOff or suspended" };
    private readonly Option<string?> _host;
    private readonly Option<string?> _folder = new("--folder") { Description = "a folder's path: what lies in it and below", HelpName = "FOLDER" };
    private readonly Option<string?> _cluster = new("--cluster") { Description = "name or key of the cluster of their hosts", HelpName = "CLUSTER" };
    private readonly Option<string?> _datacenter = new("--datacenter") { Description = "name of their datacenter", HelpName = "DATACENTER" };
    private readonly Option<string?> _datastore = new("--datastore") { Description = "name or key of a datastore that they stand on", HelpName = "DATASTORE" };
    private readonly Option<string?> _guest = new("--guest") { Description = "part of the guest's operating system as vSphere names it", HelpName = "TEXT" };
    private readonly Option<long?> _minUsed = new("--min-used-bytes") { Description = "bytes that they take on their datastores, at least", HelpName = "BYTES" };
    private readonly Option<long?> _maxUsed = new("--max-used-bytes") { Description = "bytes that they take on their datastores, at most", HelpName = "BYTES" };
    private readonly Option<long?> _minChange = new("--min-change-rate") { Description = "bytes per second that their disks change by, at least", HelpName = "BYTES" };
    private readonly Option<long?> _maxChange = new("--max-change-rate") { Description = "bytes per second that their disks change by, at most", HelpName = "BYTES" };
    private readonly Option<bool?> _measured = new("--measured") { Description = "true or false: whether a baseline or change tracking has measured how fast they change", HelpName = "BOOL" };
    private readonly Option<WorstConcern?> _worst = new("--worst") { Description = "the worst severity of their concerns without a plan: Critical, Warning, Information or None; Unjudged: rules have not looked at them yet" };
    private readonly Option<string?> _concern = new("--concern") { Description = "only those with this concern, e.g. disk.rdm", HelpName = "ID" };
    private readonly Option<string?> _plan;
    private readonly Option<int?> _wave;
    private readonly Option<bool?> _planned = new("--planned") { Description = "true or false: whether any plan has them", HelpName = "BOOL" };

    /// <param name="ofPlan">What the option is called that names a plan, where --plan would mean another one.</param>
    /// <param name="inWave">The same of its wave.</param>
    /// <param name="onHost">The same of their ESXi host.</param>
    public VmOptions(string ofPlan = "--plan", string inWave = "--wave", string onHost = "--host")
    {
        _host = new(onHost) { Description = "name or key of the ESXi host that they run on", HelpName = "HOST" };
        _power.AcceptOnlyFromAmong(InventoryEndpoints.PowerStates);
        _plan = new(ofPlan) { Description = "name of a plan that has them", HelpName = "PLAN" };
        _wave = new(inWave) { Description = "their wave in that plan, or in any plan", HelpName = "N" };
    }

    public IReadOnlyList<Option> All => [_power, _host, _folder, _cluster, _datacenter, _datastore, _guest, _minUsed, _maxUsed, _minChange, _maxChange, _measured, _worst, _concern, _plan, _wave, _planned];

    public IReadOnlyList<(string Name, object? Value)> Values(Invocation invocation) =>
    [
        ("powerState", invocation.Get(_power)), ("host", invocation.Get(_host)), ("folder", invocation.Get(_folder)), ("cluster", invocation.Get(_cluster)), ("datacenter", invocation.Get(_datacenter)),
        ("datastore", invocation.Get(_datastore)), ("guest", invocation.Get(_guest)), ("minUsedBytes", invocation.Get(_minUsed)), ("maxUsedBytes", invocation.Get(_maxUsed)),
        ("minChangeBytesPerSecond", invocation.Get(_minChange)), ("maxChangeBytesPerSecond", invocation.Get(_maxChange)), ("measured", Word(invocation.Get(_measured))), ("worst", invocation.Get(_worst)),
        ("concern", invocation.Get(_concern)), ("plan", invocation.Get(_plan)), ("wave", invocation.Get(_wave)), ("planned", Word(invocation.Get(_planned))),
    ];

    public VmFilter Read(Invocation invocation, string? part) => new()
    {
        Filter = part,
        PowerState = invocation.Get(_power),
        Host = invocation.Get(_host),
        Folder = invocation.Get(_folder),
        Cluster = invocation.Get(_cluster),
        Datacenter = invocation.Get(_datacenter),
        Datastore = invocation.Get(_datastore),
        Guest = invocation.Get(_guest),
        MinUsedBytes = invocation.Get(_minUsed),
        MaxUsedBytes = invocation.Get(_maxUsed),
        MinChangeBytesPerSecond = invocation.Get(_minChange),
        MaxChangeBytesPerSecond = invocation.Get(_maxChange),
        Measured = invocation.Get(_measured),
        Worst = invocation.Get(_worst),
        Concern = invocation.Get(_concern),
        Plan = invocation.Get(_plan),
        Wave = invocation.Get(_wave),
        Planned = invocation.Get(_planned),
    };

    private static string? Word(bool? value) => value switch { true => "true", false => "false", null => null };
}
