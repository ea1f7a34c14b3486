using Migrate.Target.Authentication;
using Migrate.Target.Tls;

namespace Migrate.Target.Admin;

// Secrets of hosts for in-band authentication. They are kept in host-keys.json in the target's directory, mode 0600.
public sealed partial class NvmeTarget
{
    /// <summary>NQNs of the hosts that have secrets, in-band or for TLS.</summary>
    /// <exception cref="TargetException">The file with the secrets cannot be read.</exception>
    public IReadOnlyList<string> HostsWithKeys => _hostKeys.HostNqns;

    /// <summary>
    /// From its next connection on this host must authenticate by DH-HMAC-CHAP; connections that it has now go on.
    /// </summary>
    /// <param name="hostNqn">NQN of the host.</param>
    /// <param name="hostKey">What proves the host.</param>
    /// <param name="controllerKey">What proves this target to the host when the host asks for it; null when it cannot.</param>
    /// <exception cref="TargetException">The NQN is none, or the file with the secrets cannot be read or written.</exception>
    public void SetHostKeys(string hostNqn, DhChapSecret hostKey, DhChapSecret? controllerKey = null)
    {
        ArgumentNullException.ThrowIfNull(hostKey);
        HostKeyFile.ThrowIfNoNqn(hostNqn);
        _hostKeys.Set(hostNqn, hostKey, controllerKey);
        LogHostKeysSet(hostNqn, controllerKey is not null);
    }

    /// <summary>From its next connection on this host must come by TLS, with this pre-shared key; connections that it has now go on.</summary>
    /// <param name="hostNqn">NQN of the host.</param>
    /// <param name="key">The configured key, which the host has, too.</param>
    /// <param name="compatible">True when the host's libnvme is older than 1.16 (nvme-cli before 2.16), which derives otherwise than the specification says.</param>
    /// <exception cref="TargetException">The NQN is none, or the file with the secrets cannot be read or written.</exception>
    public void SetTlsKey(string hostNqn, TlsKey key, bool compatible = false)
    {
        ArgumentNullException.ThrowIfNull(key);
        HostKeyFile.ThrowIfNoNqn(hostNqn);
        _hostKeys.Set(hostNqn, new HostTlsKey(key, compatible ? TlsDerivation.Compatible : TlsDerivation.Standard));
        LogTlsKeySet(hostNqn);
    }

    /// <summary>Forgets a host's secrets; false when it had none. It then connects without, unless <see cref="TargetOptions.RequireAuthentication"/> is on.</summary>
    /// <param name="hostNqn">NQN of the host.</param>
    /// <exception cref="TargetException">The file with the secrets cannot be read or written.</exception>
    public bool RemoveHostKeys(string hostNqn)
    {
        var wasThere = _hostKeys.Remove(hostNqn);
        if (wasThere)
        {
            LogHostKeysRemoved(hostNqn);
        }

        return wasThere;
    }
}
