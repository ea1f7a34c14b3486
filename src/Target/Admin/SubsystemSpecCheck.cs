using Migrate.Target.Controllers;
using Migrate.Target.Protocol;

namespace Migrate.Target.Admin;

/// <summary>Refuses a wrong description of a subsystem, with everything that is wrong.</summary>
internal static class SubsystemSpecCheck
{
    public static void ThrowIfWrong(SubsystemSpec spec, IEnumerable<SubsystemPort> ports)
    {
        var problems = new List<string>();
        if (Nqn.Problem(spec.Nqn) is { } problem)
        {
            problems.Add($"\"{spec.Nqn}\" is no NQN: {problem}");
        }
        else if (spec.Nqn == Nqn.Discovery)
        {
            problems.Add("its NQN is the name that is reserved for discovery");
        }

        problems.AddRange(spec.AllowedHosts.Where(h => Nqn.Problem(h) is not null).Select(h => $"the host \"{h}\" is no NQN: {Nqn.Problem(h)}"));
        problems.AddRange((spec.Ports ?? []).Except(ports.Select(p => p.Id)).Select(p => $"the target has no port {p}"));
        if (spec.SerialNumber is { } serial && (serial.Length is 0 or > 20 || serial.Any(c => c is <= ' ' or > '~')))
        {
            problems.Add($"the serial number \"{serial}\" is not 1 to 20 printable ASCII characters without blanks");
        }

        if (problems.Count > 0)
        {
            throw new TargetException("target.invalid-subsystem", $"Subsystem {spec.Nqn} cannot be as asked for: {string.Join("; ", problems)}.",
                "Correct the specification.");
        }
    }
}
