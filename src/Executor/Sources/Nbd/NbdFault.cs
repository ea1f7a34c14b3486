using Migrate.Planner;

namespace Migrate.Executor.Sources.Nbd;

/// <summary>The ways in which an NBD server can fail.</summary>
internal static class NbdFault
{
    public static MigrateException Unreachable(NbdEndpoint endpoint, Exception e) => new("source.nbd-unreachable", $"The NBD server {endpoint} cannot be reached: {e.Message}",
        "See that the server runs and that address and firewall let this machine through.", e)
    { IsTransient = true };

    public static MigrateException Cut(NbdEndpoint endpoint, Exception e) => new("source.connection-cut", $"The connection to the NBD server {endpoint} broke: {e.Message}",
        "See to the server and the network, then retry: the copy goes on from its journal.", e)
    { IsTransient = true };

    public static MigrateException Protocol(NbdEndpoint endpoint, string what) => new("source.nbd-protocol", $"{endpoint} does not speak NBD as it should: {what}.",
        "See what answers at that address; nbdinfo tells what another client makes of it.");

    public static MigrateException Tls(NbdEndpoint endpoint, string why, Exception? inner = null) => new("source.nbd-tls", $"No TLS with the NBD server {endpoint}: {why}.",
        "See the server's certificate and that it offers TLS; compare its thumbprint at the server itself.", inner);

    public static MigrateException Refused(NbdEndpoint endpoint, NbdOptionReply reply, string message) => reply switch
    {
        NbdOptionReply.UnknownExport => new MigrateException("source.disk-vanished", $"The NBD server has no export {endpoint}{Said(message)}.", "List its exports (nbdinfo --list) and name one of them."),
        NbdOptionReply.TlsRequired => Tls(endpoint, $"the server demands it and the address does not{Said(message)}"),
        NbdOptionReply.Policy => new MigrateException("source.permission", $"The NBD server refuses {endpoint} to this machine{Said(message)}.", "See the server's list of clients that it allows."),
        NbdOptionReply.Shutdown => new MigrateException("source.busy", $"The NBD server {endpoint} is shutting down{Said(message)}.", "Start it again, then retry.") { IsTransient = true },
        _ => Protocol(endpoint, $"it answered {reply} to an option{Said(message)}"),
    };

    /// <summary>An error that the server reports for a range: its errno, as NBD numbers them.</summary>
    public static MigrateException ReadFailed(NbdEndpoint endpoint, long offset, int length, NbdErrorException e) => new("source.read-failed",
        $"{endpoint} cannot read {length} bytes at byte {offset}: {e.Message}.", "Look into the server's log and check the disk on the source; a retry goes on from the journal.", e)
    { IsTransient = e.Errno is 5 or 12 or 108 };

    private static string Said(string message) => message.Length == 0 ? "" : $" (\"{message}\")";
}

/// <summary>The server answered a request with an error; the connection lives on.</summary>
internal sealed class NbdErrorException(uint errno, string message) : Exception(
    $"the server says {Name(errno)}{(message.Length == 0 ? "" : $" (\"{message}\")")}")
{
    public uint Errno { get; } = errno;

    private static string Name(uint errno) => errno switch
    {
        1 => "not permitted (EPERM)",
        5 => "input/output error (EIO)",
        12 => "out of memory (ENOMEM)",
        22 => "invalid request (EINVAL)",
        28 => "no space (ENOSPC)",
        75 => "request too long (EOVERFLOW)",
        95 => "not supported (ENOTSUP)",
        108 => "shutting down (ESHUTDOWN)",
        _ => $"error {errno}",
    };
}
