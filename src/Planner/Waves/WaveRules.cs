namespace Migrate.Planner.Waves;

/// <summary>What an operator says of the waves of a plan, as a document. All else is known from inventory, baselines and limits. docs/waves.md has an example.</summary>
public sealed record WaveRules
{
    /// <summary>Nothing begins before; null: from now on.</summary>
    public DateTime? Start { get; init; }

    /// <summary>Everything must be over so many days later (1 to 730).</summary>
    public int Days { get; init; } = 90;

    /// <summary>When VMs may be off; those that name none may in the first set. Empty: at any time.</summary>
    public IReadOnlyList<WindowRule> Windows { get; init => field = value ?? []; } = [];

    public IReadOnlyList<Blackout> Blackouts { get; init => field = value ?? []; } = [];

    /// <summary>Applications: VMs that move in one window.</summary>
    public IReadOnlyList<GroupRule> Groups { get; init => field = value ?? []; } = [];

    /// <summary>
    /// What else makes VMs a group that no group above has: vapp, folder (each folder), tag:CATEGORY, drs (rules that keep VMs together). Rules that keep VMs apart
    /// always count.
    /// </summary>
    public IReadOnlyList<string> GroupBy { get; init => field = value ?? []; } = [];

    /// <summary>What is different for some VMs; the first entry that names a VM counts.</summary>
    public IReadOnlyList<VmRule> Vms { get; init => field = value ?? []; } = [];

    /// <summary>What copies are planned to get, written like limits ("host:*=300MiB", "datastore:ds1=50MiB@08:00-18:00", "link:*=2GiB"): in place of the limits that are set.</summary>
    public IReadOnlyList<string> Limits { get; init => field = value ?? []; } = [];

    /// <summary>VMs that may be cut over at one time.</summary>
    public int CutoversAtOnce { get; init; } = 4;

    /// <summary>VMs that may be copied at one time.</summary>
    public int CopiesAtOnce { get; init; } = 16;

    /// <summary>People who look after cutovers, each after one VM at a time.</summary>
    public int Operators { get; init; } = 4;

    /// <summary>How long somebody looks after a VM that is cut over, at least.</summary>
    public int AttentionMinutes { get; init; } = 15;

    /// <summary>vCPUs for each processor of a KVM host.</summary>
    public double CpuOvercommit { get; init; } = 4;

    /// <summary>By what expected rates are multiplied; null: by what runs of the same source have reached, where there are any.</summary>
    public double? RateFactor { get; init; }

    /// <summary>VMs of the newest version keep their times, and only new ones and those of <see cref="Replan"/> are planned, in what is left.</summary>
    public bool Keep { get; init; }

    /// <summary>With <see cref="Keep"/>: names or keys of VMs, with * and ?, that are planned again, with the groups that they are in.</summary>
    public IReadOnlyList<string> Replan { get; init => field = value ?? []; } = [];

    /// <summary>More seeds may find a better plan.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What a document can lack and no rule can do without.</summary>
    public IEnumerable<string> Missing()
    {
        if (Windows.Any(x => x is not { Name.Length: > 0, TimeZone: not null, Opens: { } opens } || opens.Contains(null!)))
        {
            yield return "a window lacks its name, 'opens' or 'timeZone'";
        }

        if (Groups.Any(x => x is not { Name.Length: > 0, Tiers: { } tiers } || tiers.Any(tier => tier is null || tier.Contains(null!))))
        {
            yield return "a group lacks its name or 'tiers'";
        }

        if (Vms.Any(x => x?.Vm is null))
        {
            yield return "an entry of 'vms' does not say which in 'vm'";
        }

        if (Blackouts.Contains(null!) || GroupBy.Contains(null!) || Limits.Contains(null!) || Replan.Contains(null!))
        {
            yield return "a list has an empty entry";
        }
    }

    /// <summary>The same with all times in UTC: those without a zone are taken to be.</summary>
    public WaveRules InUtc() => this with
    {
        Start = Utc(Start),
        Blackouts = [.. Blackouts.Select(x => x with { From = Utc(x.From)!.Value, To = Utc(x.To)!.Value })],
        Vms = [.. Vms.Select(x => x with { NotBefore = Utc(x.NotBefore) })],
    };

    private static DateTime? Utc(DateTime? time) => time?.Kind == DateTimeKind.Unspecified ? DateTime.SpecifyKind(time.Value, DateTimeKind.Utc) : time?.ToUniversalTime();
}

/// <param name="Name">How groups and VMs name it.</param>
/// <param name="Opens">"Sat 22:00-06:00", "Mon-Fri 23:00-05:00", "daily 22:00-04:00", "Sat 08:00 36h", or once: "2026-12-24 18:00/2026-12-26 06:00". By the wall clock.</param>
/// <param name="TimeZone">IANA name.</param>
public sealed record WindowRule(string Name, IReadOnlyList<string> Opens, string TimeZone = "UTC");

/// <param name="Name">For people, and for <paramref name="After"/>.</param>
/// <param name="Tiers">Names or keys of VMs, with * and ?: those of a tier are cut over when those of the one before serve.</param>
/// <param name="After">Groups that must have moved before.</param>
/// <param name="Windows">Name of windows.</param>
public sealed record GroupRule(string Name, IReadOnlyList<IReadOnlyList<string>> Tiers, IReadOnlyList<string>? After = null, string? Windows = null);

/// <param name="Vm">Name or key, with * and ?.</param>
/// <param name="Windows">Name of windows.</param>
/// <param name="NotBefore">UTC.</param>
/// <param name="ChangeBytesPerSecond">Where the baseline does not know better.</param>
public sealed record VmRule(string Vm, string? Windows = null, DateTime? NotBefore = null, double? ChangeBytesPerSecond = null);
