using System.Text.RegularExpressions;

namespace Migrate.Planner.Concerns.Rules;

internal sealed partial class NameNotDns : IConcernRule
{
    public string Id => "vm.name-not-dns";

    public string Label => "Name is no host name";

    public string Finds => "Warning when the VM's name is no DNS name (RFC 1123) or longer than 63 characters.";

    public string Assessment => "libvirt takes the name, but tools that make host names, file names or URLs of it may not.";

    public string Remedy => "Rename the VM in vSphere to letters, digits, dots and hyphens, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "RFC 1123, section 2.1; Forklift vmware.vm.name.invalid";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Name.Length >= 64 || !DnsName().IsMatch(context.Vm.Name))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"'{context.Vm.Name}' is no DNS name. libvirt takes it, but tools that make host names, file names or URLs of it may not.",
                Remedy);
        }
    }

    [GeneratedRegex("^(([A-Za-z0-9][-A-Za-z0-9.]*)?[A-Za-z0-9])?$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex DnsName();
}
