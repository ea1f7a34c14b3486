using System.Net;
using Migrate.Target.Protocol;

namespace Migrate.Target.Controllers;

/// <summary>Commands of the admin queue that answer at once; Asynchronous Event Request, which does not, is the session's.</summary>
internal static class AdminCommands
{
    public static ushort Execute(in SubmissionEntry entry, Controller controller, SubsystemTable subsystems, IPAddress reachedAt, CommandReply reply)
    {
        switch (entry.Opcode)
        {
            case AdminOpcode.Identify:
                return IdentifyCommand.Execute(entry, controller, reply);
            case AdminOpcode.GetLogPage:
                return LogPageCommand.Execute(entry, controller, subsystems, reachedAt, reply);
            case AdminOpcode.GetFeatures:
                return FeatureCommands.Get(entry, controller, reply);
            case AdminOpcode.SetFeatures:
                return FeatureCommands.Set(entry, controller, reply);
            case AdminOpcode.KeepAlive:
                return NvmeStatus.Success;
            case AdminOpcode.Abort:
                reply.Result = 1; // not aborted: commands are executed as they come
                return NvmeStatus.Success;
            default:
                return NvmeStatus.InvalidOpcode | NvmeStatus.DoNotRetry;
        }
    }
}
