namespace Migrate.Executor.Domains;

/// <summary>Turns a VMware VM into a tuned libvirt domain.</summary>
public static class DomainDesign
{
    /// <summary>Throws <c>domain.design</c> with every broken rule when the design would not hold.</summary>
    public static DomainXml For(DomainRequest request) => throw new NotImplementedException();
}
