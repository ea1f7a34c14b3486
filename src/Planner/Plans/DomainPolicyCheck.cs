using System.Text.RegularExpressions;
using Migrate.Planner.Inventory;

namespace Migrate.Planner.Plans;

/// <summary>What can be wrong in the settings for domains, seen together with the VMs that they are for.</summary>
internal static partial class DomainPolicyCheck
{
    private const int MostIoThreads = 16;

    public static IEnumerable<PlanProblem> Check(PlanPolicy policy, IReadOnlyList<(string Asked, Vm Vm)> chosen)
    {
        HashSet<string> names = [.. chosen.Select(one => one.Vm.Name)];
        IEnumerable<PlanProblem> unknown = policy.Domains.Keys.Where(name => !names.Contains(name)).Select(name => new PlanProblem(
            "plan.domain-for-unknown-vm", name, $"Settings of a domain are given for '{name}', which is not in the plan.",
            Suggestion.For(name, names) is { } near ? $"Did you mean '{near}'?" : "Give settings for the plan's own VMs, by their names."));
        return [.. unknown, .. Check("domain", policy.Domain), .. policy.Domains.SelectMany(own => Check($"domains.{own.Key}", own.Value))];
    }

    private static IEnumerable<PlanProblem> Check(string subject, DomainPolicy? domain)
    {
        if (domain is null)
        {
            yield return new PlanProblem("plan.no-domain-settings", subject, $"The settings '{subject}' are null.", "Leave them out for the defaults.");
            yield break;
        }
        if (domain is { Cpu: GuestCpu.Named, CpuModel: null or "" })
        {
            yield return new PlanProblem("plan.cpu-without-model", $"{subject}.cpuModel", "A CPU by name is asked for, and no name is given.",
                "Give cpuModel, e.g. Skylake-Server-noTSX-IBRS; 'virsh domcapabilities' lists what a host can do.");
        }
        if (domain.CpuModel is { Length: > 0 } model && (domain.Cpu != GuestCpu.Named || !ModelName().IsMatch(model)))
        {
            yield return new PlanProblem("plan.bad-cpu-model", $"{subject}.cpuModel",
                domain.Cpu != GuestCpu.Named ? $"The CPU model '{model}' is given, and the CPU is {domain.Cpu}." : $"'{model}' cannot be the name of a CPU model.",
                "Give cpuModel together with cpu Named only, as libvirt writes it (letters, digits, '-', '_' and '.').");
        }
        if (domain.IoThreads is < 1 or > MostIoThreads)
        {
            yield return new PlanProblem("plan.bad-io-threads", $"{subject}.ioThreads", $"{domain.IoThreads} IOThreads make no sense.", $"Give 1 to {MostIoThreads}, or none.");
        }
        if (domain is { Profile: DomainProfile.Dense, Pinning: Choice.Always })
        {
            yield return new PlanProblem("plan.dense-and-pinned", $"{subject}.pinning", "The profile Dense shares cores, and Pinning Always gives each VM its own.",
                "Choose another profile, or leave pinning out.");
        }
        foreach (string bad in Undefined(domain))
        {
            yield return new PlanProblem("plan.bad-domain-setting", $"{subject}.{bad}", $"The setting {bad} has a value that means nothing.", "Use one of its names; see docs/domains.md.");
        }
    }

    /// <summary>JSON takes numbers for enums, too.</summary>
    private static IEnumerable<string> Undefined(DomainPolicy domain)
    {
        (string Name, bool IsDefined)[] settings =
        [
            ("profile", Enum.IsDefined(domain.Profile)), ("cpu", Enum.IsDefined(domain.Cpu)), ("pinning", Enum.IsDefined(domain.Pinning)),
            ("hugePages", Enum.IsDefined(domain.HugePages)), ("lockedMemory", Enum.IsDefined(domain.LockedMemory)), ("tpm", Enum.IsDefined(domain.Tpm)),
            ("zeroWrites", Enum.IsDefined(domain.ZeroWrites)),
        ];
        return settings.Where(setting => !setting.IsDefined).Select(setting => setting.Name);
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    private static partial Regex ModelName();
}
