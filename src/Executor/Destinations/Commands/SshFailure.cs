using System.Text.RegularExpressions;
using Migrate.Planner;

namespace Migrate.Executor.Destinations.Commands;

/// <summary>What OpenSSH's client says when a login fails, named. Only the words of the client itself are looked for.</summary>
internal static partial class SshFailure
{
    public static MigrateException? Of(SshAddress address, string errors)
    {
        if (errors.Contains("REMOTE HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal) || errors.Contains("has changed and you have requested strict checking", StringComparison.Ordinal))
        {
            return new MigrateException(
                "ssh.host-key-changed",
                $"{address} shows another SSH host key than the known one: {Key(errors)}{(Offending().Match(errors) is { Success: true } at ? $"; the known one is in {at.Groups[1].Value}" : "")}. Somebody may be in between; nothing was sent.",
                $"If the host was installed anew, compare that fingerprint on its own console ({Compare(errors)}), then remove the old key (ssh-keygen -R '{address.KnownName}'{FileOption(address)}) and add the new one.");
        }

        if (errors.Contains("host key is known for", StringComparison.Ordinal) || errors.Contains("Host key verification failed", StringComparison.Ordinal))
        {
            return new MigrateException(
                "ssh.host-key-unknown",
                $"The SSH host key of {address} is not known: {Key(errors)}. It is never accepted unseen.",
                $"Compare that fingerprint on the host's own console ({Compare(errors)}); then, as the user that the server runs as: ssh-keyscan {(address.Port is { } port ? $"-p {port} " : "")}{address.Host} >> {address.KnownHosts ?? "~/.ssh/known_hosts"}.");
        }

        if (Denied().Match(errors) is { Success: true } denied)
        {
            return new MigrateException(
                "ssh.denied", $"{address} refuses the login: {denied.Value}.",
                "Put the public key of the user that the server runs as into authorized_keys on the host, or name another key with keyfile= in the URI. Passwords are never asked for.");
        }

        if (errors.Contains("Could not resolve hostname", StringComparison.Ordinal))
        {
            return new MigrateException("ssh.name-unknown", $"The name of {address} cannot be resolved: {Last(errors)}", "Check the name, or enter it in the name server or /etc/hosts of this machine.");
        }

        if (Network().IsMatch(errors))
        {
            return new MigrateException(
                "ssh.unreachable", $"{address} cannot be reached by SSH: {Last(errors)}",
                "Check the address and port, that sshd runs there, and that no firewall is in between.")
            { IsTransient = true };
        }

        return errors.Contains("Permissions", StringComparison.Ordinal) && errors.Contains("are too open", StringComparison.Ordinal)
            ? new MigrateException("ssh.key-file", $"ssh does not use the key file for {address}: {Last(errors)}", "Make the key file readable by its owner only (chmod 600).")
            : null;
    }

    public static MigrateException Other(SshAddress address, string words) =>
        new("ssh.failed", $"The login on {address} fails: {words}", $"Try it by hand as the user that the server runs as: ssh -v {address.Host}.") { IsTransient = true };

    /// <summary>ssh shows the fingerprint of a changed key always, of an unknown one only when it is told to talk.</summary>
    private static string Key(string errors) => ServerKey().Match(errors) is { Success: true } key
        ? $"{key.Groups[1].Value} {key.Groups[2].Value}"
        : Fingerprint().Match(errors) is { Success: true } print ? print.Value : "its fingerprint was not shown";

    private static string Compare(string errors) =>
        $"ssh-keygen -lf /etc/ssh/ssh_host_{(ServerKey().Match(errors) is { Success: true } key ? Kind(key.Groups[1].Value) : "ed25519")}_key.pub";

    private static string Kind(string type) => type switch
    {
        "ssh-rsa" => "rsa",
        _ when type.StartsWith("ecdsa", StringComparison.Ordinal) => "ecdsa",
        _ => "ed25519",
    };

    private static string FileOption(SshAddress address) => address.KnownHosts is null ? "" : $" -f {address.KnownHosts}";

    private static string Last(string errors) => errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault(line => !line.StartsWith("debug", StringComparison.Ordinal)) ?? "";

    [GeneratedRegex(@"Server host key: (\S+) (SHA256:\S+)")]
    private static partial Regex ServerKey();

    [GeneratedRegex(@"SHA256:[A-Za-z0-9+/]+")]
    private static partial Regex Fingerprint();

    [GeneratedRegex(@"Offending \S+ key in (\S+)")]
    private static partial Regex Offending();

    [GeneratedRegex(@"Permission denied \([^)]*\)|Too many authentication failures")]
    private static partial Regex Denied();

    [GeneratedRegex(@"Connection refused|Connection timed out|No route to host|Network is unreachable|Connection closed by|Connection reset by|kex_exchange_identification|Operation timed out")]
    private static partial Regex Network();
}
