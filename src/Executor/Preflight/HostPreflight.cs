using Migrate.Executor.Attachments;
using Migrate.Executor.Destinations;
using Migrate.Executor.Destinations.Commands;
using Migrate.Executor.Destinations.Facts;
using Migrate.Executor.Destinations.Reading;
using Migrate.Executor.Preflight.Paths;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;

namespace Migrate.Executor.Preflight;

/// <summary>Reads a KVM host, tries the paths to it, and gives rules what they judge by.</summary>
public sealed class HostPreflight(ITargetControl target, TimeProvider time)
{
    /// <summary>Changes nothing on the host.</summary>
    /// <param name="host">Its row; what somebody measured of it is kept from there.</param>
    /// <param name="vms">That are to move there; none when the host is judged for itself.</param>
    /// <param name="asked">A target that the host is to reach; null: only paths between here and the host are tried.</param>
    /// <param name="nqn">The name that the operator gave for the target's subsystem.</param>
    /// <param name="cancellationToken">Of the caller.</param>
    /// <exception cref="Planner.MigrateException">The host cannot be reached: ssh.*, libvirt.*.</exception>
    public async Task<PreflightContext> ReadAsync(KvmHost host, IReadOnlyList<PreflightVm> vms, AskedTarget? asked, string? nqn, CancellationToken cancellationToken)
    {
        var commands = HostFactsReader.CommandsFor(host.Uri, time);
        KvmHostFacts facts;
        await using (var connection = await LibvirtConnection.OpenAsync(host.Uri, time, cancellationToken))
        {
            facts = await new HostFactsReader(time).ReadAsync(connection, commands, cancellationToken) with { Storage = TargetHost.Of(host).Facts?.Storage };
        }

        var here = HostProbe.IsThisMachine(host.Uri);
        // A host that is this machine has no way to go.
        var paths = here || commands is null ? [] : await PathsAsync(commands, facts, cancellationToken);
        List<string> problems = [];
        var ports = asked is not null ? await TargetPaths.PortsAsync(commands, host.Name, asked, cancellationToken)
            : host.AttachesByNetwork ? await WaysAsync(host, commands, facts.Nics, problems, cancellationToken)
            : [];
        if (asked is not null && !paths.Any(path => path.From == commands?.Where && path.Address == asked.Address.ToString())
            && await TargetPaths.PathAsync(commands, host.Name, facts.Nics, asked.Address, cancellationToken) is { } path)
        {
            paths = [.. paths, path];
        }

        var (nqns, silent) = asked is null || nqn is null ? ([], null) : await TargetPaths.NqnsAsync(asked, time, cancellationToken);
        return new PreflightContext
        {
            Host = host.Name,
            Facts = facts,
            Attachment = host.EffectiveAttachment,
            Now = time.GetUtcNow().UtcDateTime,
            Vms = vms,
            AttachProblems = problems,
            TargetDirectory = here && !host.AttachesByNetwork ? await DirectoryAsync(cancellationToken) : null,
            Paths = paths,
            Ports = ports,
            Nqn = nqn,
            KnownNqns = nqns,
            DiscoveryProblem = silent,
        };
    }

    /// <summary>The ways by which runs will connect the host: each that an operator named, else the first that answers.</summary>
    private async Task<IReadOnlyList<PortResult>> WaysAsync(
        KvmHost host, IHostCommands? commands, IReadOnlyList<HostNic> nics, List<string> problems, CancellationToken cancellationToken)
    {
        List<PortResult> tried = [];
        try
        {
            var ways = TargetAddresses.Of(host, (await target.PlaceAsync(cancellationToken)).EndPoint, isHere: target.Local is not null, nics, TargetAddresses.OfThisMachine());
            foreach (var way in commands is null ? [] : ways.Addresses)
            {
                var result = await PortCheck.TryAsync(commands!, way.Address.ToString(), way.Port, cancellationToken);
                if (!ways.All && result.Outcome == PortOutcome.Nvme)
                {
                    return [result];
                }

                tried.Add(result);
            }
        }
        catch (MigrateException e)
        {
            problems.Add($"{e.Message} {e.Remedy}");
        }
        catch (TargetException)
        {
            // probe.target-space finds that the target does not answer.
        }

        if (commands is null)
        {
            problems.Add($"No commands can be run on a host that is reached by {host.Uri}, so its kernel cannot be told to attach namespaces. Add it by qemu+ssh with a login of root.");
        }

        return tried;
    }

    /// <summary>That the target itself does not answer says nothing of the host: probe.target-space finds that.</summary>
    private async Task<string?> DirectoryAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await target.PlaceAsync(cancellationToken)).Directory;
        }
        catch (TargetException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<PathResult>> PathsAsync(IHostCommands there, KvmHostFacts facts, CancellationToken cancellationToken)
    {
        var here = new LocalCommands(time);
        var nics = HostFactsReader.NicsOf(await HostScript.AskAsync(here, cancellationToken));
        return await HostPaths.TryAsync(HostPaths.Between(nics, facts.Nics), here, there, cancellationToken);
    }
}
