namespace Migrate.Planner.Concerns.Rules;

internal sealed class PoweredOn : IConcernRule
{
    public string Id => "vm.powered-on";

    public string Label => "Running VM in a cold plan";

    public string Finds => "Critical when the VM of a cold plan runs and the policy does not allow the run to shut it down; Warning when it does.";

    public string Assessment => "A cold copy of a running VM's disks would be torn. The run must be allowed to shut the guest down, and the service is away until the domain is up.";

    public string Remedy => "Start the wave in a window that its users know of; or shut the VM down and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "A disk that is written while it is read gives a torn copy";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Mode != MigrationMode.Cold || context.Vm.PowerState != "poweredOn")
        {
            yield break;
        }
        yield return context.Policy.ShutDownSource
            ? this.Find(ConcernSeverity.Warning, context.Vm.Name,
                "The VM runs. The run shuts its guest down before it copies, and the service is away until the domain is up.",
                "Start the wave in a window that its users know of.")
            : this.Find(ConcernSeverity.Critical, context.Vm.Name,
                "The VM runs, and a cold copy of a running VM's disks would be torn. The policy does not allow the run to shut the guest down.",
                "Shut the VM down and synchronise, or make the plan with the policy's shut-down of the source.");
    }
}
