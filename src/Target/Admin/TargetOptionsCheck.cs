using Migrate.Target.Authentication;
using Migrate.Target.Protocol;

namespace Migrate.Target.Admin;

/// <summary>Refuses wrong options, all of them at once.</summary>
internal static class TargetOptionsCheck
{
    private const ushort FirstOfMorePorts = 10;

    public static void ThrowIfWrong(TargetOptions options)
    {
        var problems = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Directory))
        {
            problems.Add("Directory is empty");
        }

        if (options.Port is < 0 or > 65535 || options.DiscoveryPort is < 0 or > 65535)
        {
            problems.Add("Port and DiscoveryPort must be from 0 to 65535");
        }

        if (options.Port != 0 && options.Port == options.DiscoveryPort)
        {
            problems.Add("DiscoveryPort must differ from Port");
        }

        if (options.MorePorts.Any(p => p is null || p.Id < FirstOfMorePorts || p.Address is null || p.Port is < 0 or > 65535))
        {
            problems.Add($"each of MorePorts needs an id from {FirstOfMorePorts} to 65535, an address, and a port from 0 to 65535");
        }
        else if (options.MorePorts.DistinctBy(p => p.Id).Count() != options.MorePorts.Count)
        {
            problems.Add("two of MorePorts have the same id");
        }

        if (Nqn.Problem(options.SubsystemNqn) is { } problem)
        {
            problems.Add($"SubsystemNqn \"{options.SubsystemNqn}\" is no NQN: {problem}");
        }
        else if (options.SubsystemNqn == Nqn.Discovery)
        {
            problems.Add("SubsystemNqn is the name that is reserved for discovery");
        }

        if (options.MaxIoQueues is < 1 or > 128)
        {
            problems.Add("MaxIoQueues must be from 1 to 128");
        }

        if (options.MaxQueueEntries is < 32 or > 1024)
        {
            problems.Add("MaxQueueEntries must be from 32 to 1024");
        }

        if (options.MaxConnections is < 2 or > 65535)
        {
            problems.Add("MaxConnections must be from 2 to 65535");
        }

        if (options.HandshakeTimeout <= TimeSpan.Zero || options.HandshakeTimeout > TimeSpan.FromHours(1))
        {
            problems.Add("HandshakeTimeout must be above zero and at most an hour");
        }

        if (options.Loops is < 0 or > 256 || options.Cores.Count > 256 || options.Cores.Any(c => c is < 0 or > 1023))
        {
            problems.Add("Loops and the number of Cores must be from 0 to 256, each core from 0 to 1023");
        }

        if (options.Poll < TimeSpan.Zero || options.Poll > TimeSpan.FromMilliseconds(10))
        {
            problems.Add("Poll must be from zero to 10 ms");
        }

        if (options.ConnectionBytes is < 256 * 1024 or > 1 << 30)
        {
            problems.Add("ConnectionBytes must be from 256 KiB to 1 GiB");
        }

        if (options.InCapsuleBytes is < 4096 or > 128 * 1024 || options.InCapsuleBytes % 16 != 0)
        {
            problems.Add("InCapsuleBytes must be from 4096 to 131072 and a multiple of 16");
        }

        if (options.AuthenticationHashes is not { Count: > 0 } hashes || !hashes.All(h => h.IsHash()) || hashes.Distinct().Count() < hashes.Count)
        {
            problems.Add("AuthenticationHashes must name one or more of SHA-256, SHA-384 and SHA-512, each once");
        }

        if (options.AuthenticationGroups is not { Count: > 0 } groups || !groups.All(Enum.IsDefined) || groups.Distinct().Count() < groups.Count)
        {
            problems.Add("AuthenticationGroups must name one or more of the groups, each once");
        }

        if (problems.Count > 0)
        {
            throw new TargetException("target.invalid-options", $"The target's options are wrong: {string.Join("; ", problems)}.",
                "Correct the options named.");
        }
    }
}
