namespace Migrate.Planner.VSphere;

/// <summary>
/// Where a vCenter or ESXi host is and how to log in. <paramref name="Url"/> may be the bare host ("https://vc1"); the SDK's path is
/// added. With <paramref name="Thumbprint"/> (SHA-256, colon hex) exactly that certificate is accepted; without, the system's trust decides.
/// </summary>
public sealed record VSphereEndpoint(Uri Url, string UserName, string Password, string? Thumbprint)
{
    /// <summary>Without the password: a record's own ToString would print it.</summary>
    public override string ToString() => $"{UserName}@{Url.Host}:{Url.Port}";
}
