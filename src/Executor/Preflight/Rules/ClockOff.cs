using Migrate.Planner.Concerns;
using System.Globalization;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class ClockOff : IPreflightRule
{
    public string Id => "kvm.clock";

    public string Label => "Host's clock is not right";

    public string Finds => "Warning when the host's clock is not synchronised or is more than two seconds off this machine's.";

    public string Assessment => "Guests take their time from the host when they start. Logs and leases of two machines cannot be compared, and Kerberos and certificates fail at minutes.";

    public string Remedy => "Enable chrony or systemd-timesyncd on the host (and here), and wait until it has synchronised.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "systemd, timedatectl(1): NTPSynchronized; chrony, tracking: leap status";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Facts.Clock is not { } clock)
        {
            yield break;
        }

        if (clock.Synchronised == false)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Host, $"The clock of {context.Host} is not synchronised ({clock.By}).");
        }

        if (Math.Abs(clock.OffsetSeconds) > Tolerated + clock.UncertaintySeconds)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Host, string.Create(CultureInfo.InvariantCulture, $"The clock of {context.Host} is {Math.Abs(clock.OffsetSeconds):0.0} s {(clock.OffsetSeconds > 0 ? "ahead of" : "behind")} this machine's (to within {clock.UncertaintySeconds:0.0} s)."));
        }
    }

    private const double Tolerated = 2;
}
