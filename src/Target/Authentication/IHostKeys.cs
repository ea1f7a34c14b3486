namespace Migrate.Target.Authentication;

/// <summary>A host's secrets: its own, and the controller's when the host shall be able to check whom it talks to.</summary>
internal sealed record HostKeys(DhChapSecret Host, DhChapSecret? Controller);

/// <summary>Who must authenticate, and by which secrets.</summary>
internal interface IHostKeys
{
    /// <summary>Null when this host has no secrets. Asked at each Connect and at each authentication.</summary>
    /// <exception cref="Admin.TargetException">The secrets cannot be read.</exception>
    HostKeys? Find(string subsystemNqn, string hostNqn);
}
