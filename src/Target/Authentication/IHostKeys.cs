using Migrate.Target.Tls;

namespace Migrate.Target.Authentication;

/// <summary>A host's secrets: its own, the controller's when the host shall be able to check whom it talks to, and the one they share for TLS.</summary>
/// <param name="Host">What proves the host in-band; null when it need not.</param>
/// <param name="Controller">What proves the controller in-band; null when it cannot.</param>
/// <param name="Tls">The pre-shared key of TLS; with it the host may come by TLS only.</param>
internal sealed record HostKeys(DhChapSecret? Host, DhChapSecret? Controller, HostTlsKey? Tls = null)
{
    public bool IsEmpty => Host is null && Tls is null;
}

/// <summary>A host's key for TLS, and how its side derives from it.</summary>
internal sealed record HostTlsKey(TlsKey Key, TlsDerivation Derivation);

/// <summary>Who must authenticate, and by which secrets.</summary>
internal interface IHostKeys
{
    /// <summary>Null when this host has no secrets. Asked at each Connect and at each authentication.</summary>
    /// <exception cref="Admin.TargetException">The secrets cannot be read.</exception>
    HostKeys? Find(string subsystemNqn, string hostNqn);
}
