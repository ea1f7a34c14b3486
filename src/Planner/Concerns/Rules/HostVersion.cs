namespace Migrate.Planner.Concerns.Rules;

internal sealed class HostVersion : IConcernRule
{
    public string Id => "host.version";

    public string Label => "ESXi version outside the supported range";

    public string Finds => "Warning when the VM's host is older than 6.7 or newer than 9.";

    public string Assessment => "Reading disks is made for ESXi 6.7 to 9 and tried with those. What another release answers may not be understood.";

    public string Remedy => "Try one VM first, or move the VM to a host of a supported version.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Migrate reads ESXi and vCenter 6.7 to 9";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Host is { } host && Version.TryParse(host.Version, out Version? version) && (version < new Version(6, 7) || version.Major > 9))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"{host.Name} runs ESXi {host.Version}. Reading disks is made for 6.7 to 9.",
                Remedy);
        }
    }
}
