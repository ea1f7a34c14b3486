using Migrate.Executor.Destinations;
using Migrate.Executor.Destinations.Commands;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Attachments;

/// <summary>Commands of a host that attaches by network, which has to have a login for them.</summary>
internal static class HostCommands
{
    /// <exception cref="MigrateException"><c>host.no-commands</c>.</exception>
    public static IHostCommands Of(KvmHost host, TimeProvider time) => HostFactsReader.CommandsFor(host.Uri, time)
        ?? throw new MigrateException(
            "host.no-commands", $"No commands can be run on the host '{host.Name}' ({host.Uri}), so its kernel cannot be told to attach namespaces.",
            "Add the host by qemu+ssh with a login of root.");
}
