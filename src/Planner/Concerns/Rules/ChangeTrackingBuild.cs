using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class ChangeTrackingBuild : IConcernRule
{
    public string Id => "host.cbt-known-bad";

    public string Label => "ESXi release with faulty change tracking";

    public string Finds =>
        "Critical in a warm plan, Information in a cold one, when the host's release and build have a known fault that makes change tracking leave changes out; Information in a warm plan for known faults of the release that lose nothing.";

    public string Assessment => "The host's release has a known fault of changed block tracking. Where it leaves changes out, a warm pass trusts no answer and reads every disk whole; the faults are listed below.";

    public string Remedy => "Move the VM cold, or to a host of a newer build first. Going on loses nothing, but every pass reads every disk whole.";

    public IReadOnlyList<string> Details { get; } =
    [
        .. KnownTrackingFault.All.Select(fault =>
            $"{fault.Id}: ESXi {fault.From}{(fault.Before is null ? " and later" : $" up to, but without, {fault.Before}")}{(fault.FixedInBuild is null ? "" : $", builds before {fault.FixedInBuild}")}. {fault.What} " +
            (fault.Effect == TrackingEffect.Distrusted ? "Every pass reads the whole disk." : "Only told.")),
    ];

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Broadcom KB 2090639, KB 2136854 (317933); known issues of other products that use change tracking";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Host is not { } host)
        {
            yield break;
        }
        bool warm = context.Mode == MigrationMode.Warm;
        // A fault without an end is every release's and says nothing of this one: a run checks for it by itself.
        foreach (KnownTrackingFault fault in KnownTrackingFault.Of(host.Version, host.Build).Where(fault => fault.Before is not null))
        {
            bool distrusted = fault.Effect == TrackingEffect.Distrusted;
            if (distrusted || warm)
            {
                yield return this.Find(distrusted && warm ? ConcernSeverity.Critical : ConcernSeverity.Information, host.Name,
                    $"{host.Name} runs ESXi {host.Version} (build {Words.Or(host.Build, "unknown")}), which has {fault.Id}: {fault.What}",
                    !distrusted ? "Nothing; each pass of a warm move checks itself."
                        : warm ? "Move the VM cold, or to a host of a newer build first. Going on loses nothing, but every pass reads every disk whole."
                        : "Nothing for a cold move; before a warm one, move the VM to a host of a newer build.");
            }
        }
    }
}
