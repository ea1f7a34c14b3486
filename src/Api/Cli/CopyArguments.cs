using System.CommandLine;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Runs;
using Migrate.Planner;

namespace Migrate.Api.Cli;

/// <summary>How much a process copies at once: the same for the server and for workers.</summary>
internal sealed class CopyArguments(string whatLimitsMean)
{
    private static readonly CopyLimitOptions Usual = new();

    private readonly Option<int> _copies = Count("--copies", "runs to copy at once; 0 leaves copies to others", 2, least: 0);
    private readonly Option<int> _passes = Count("--passes", "passes of warm runs to make at once; 0 leaves them to others", 4, least: 0);
    private readonly Option<int> _perVm = Count("--disks-per-vm", "disks of one VM to copy at once", Usual.PerVm);
    private readonly Option<int> _perHost = Count("--disks-per-host", "disks to copy at once from one ESXi host", Usual.PerEsxHost);
    private readonly Option<int> _perDatastore = Count("--disks-per-datastore", "disks to copy at once from one datastore", Usual.PerDatastore);
    private readonly Option<int> _perLink = Count("--disks-per-link", "disks to copy at once to one address of the target", Usual.PerLink);
    private readonly Option<int> _perDestination = Count("--disks-per-destination", "disks to copy at once to one KVM host", Usual.PerDestination);
    private readonly Option<string[]> _limits = Limits(whatLimitsMean);

    public IReadOnlyList<Symbol> All => [_copies, _passes, _perVm, _perHost, _perDatastore, _perLink, _perDestination, _limits];

    public int Copies(Invocation invocation) => invocation.Get(_copies);

    public int Passes(Invocation invocation) => invocation.Get(_passes);

    public CopyLimitOptions AtOnce(Invocation invocation) => new()
    {
        PerVm = invocation.Get(_perVm),
        PerEsxHost = invocation.Get(_perHost),
        PerDatastore = invocation.Get(_perDatastore),
        PerLink = invocation.Get(_perLink),
        PerDestination = invocation.Get(_perDestination),
    };

    public IReadOnlyDictionary<ThrottleKey, ThrottleProfile> Throttles(Invocation invocation) => ThrottleText.Parse(invocation.Get(_limits) ?? []);

    private static Option<int> Count(string name, string description, int usual, int least = 1)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < least || value > 1000))
            {
                result.AddError($"{name} takes {least} to 1000.");
            }
        });
        return option;
    }

    private static Option<string[]> Limits(string meaning)
    {
        var limits = new Option<string[]>("--limit")
        {
            Description = $"{meaning}: host:vc1.example=200MiB each second (the vCenter or ESXi host that the source is, or the ESXi host on which a VM is), datastore:ds1=50MiB,300iops@08:00-18:00, datastore:*=20ms to back off from a datastore's latency; may be repeated",
            HelpName = "SCOPE:NAME=LIMIT",
            DefaultValueFactory = _ => [],
        };
        limits.Validators.Add(result =>
        {
            try
            {
                ThrottleText.Parse(result.GetValueOrDefault<string[]>() ?? []);
            }
            catch (MigrateException e)
            {
                result.AddError($"{e.Message} {e.Remedy}");
            }
        });
        return limits;
    }
}
