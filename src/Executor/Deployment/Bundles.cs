namespace Migrate.Executor.Deployment;

/// <summary>A planned domain as one file.</summary>
public static class Bundles
{
    public static string Of(PlannedDomain domain, DeploymentKind kind) => kind switch
    {
        DeploymentKind.Proxmox => ProxmoxScript.For(domain),
        DeploymentKind.TrueNas => TrueNasScript.For(domain),
        _ => LibvirtBundle.For(domain),
    };
}
