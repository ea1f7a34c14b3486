using System.Text;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class DomainName : IConcernRule
{
    public string Id => "vm.name";

    public string Label => "Name is no domain name";

    public string Finds => "Critical when the VM's name cannot be the name of a libvirt domain (a slash, a control character, empty, too long).";

    public string Assessment => "libvirt names a domain's file after it, and a domain of this name would be refused after everything was copied.";

    public string Remedy => "Rename the VM in vSphere and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "libvirt names a domain's file after it; tested against libvirt's own parser";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (WhyNot(context.Vm.Name) is { } why)
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name, $"'{context.Vm.Name}' cannot be the name of a domain: {why}.", Remedy);
        }
    }

    /// <summary>
    /// libvirt keeps a domain in a file of its name with ".xml": no slash, at most 255 bytes. vSphere allows a slash (it writes %2f, which our reader decodes), so this does happen.
    /// </summary>
    internal static string? WhyNot(string name) => name switch
    {
        _ when string.IsNullOrWhiteSpace(name) => "it is empty",
        _ when name.Contains('/') => "it contains a slash",
        _ when name.Any(char.IsControl) => "it contains a control character",
        _ when Encoding.UTF8.GetByteCount(name) > MaxBytes => $"it is longer than {MaxBytes} bytes",
        _ => null,
    };

    private const int MaxBytes = 255 - 4;
}
