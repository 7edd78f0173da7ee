using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace VideoMesh.Architecture.Tests;

/// <summary>One place in compiled code that mentions a method.</summary>
/// <param name="Caller">Full name of the outermost type that holds the code; lambdas and async methods count for the type they were written in.</param>
/// <param name="Target">What is called, constructed or taken the address of.</param>
internal sealed record Call(string Caller, MethodBase Target)
{
    public string TargetType => Target.DeclaringType?.FullName ?? "";

    public override string ToString() => $"{Caller} uses {TargetType}.{Target.Name}({string.Join(", ", Target.GetParameters().Select(parameter => parameter.ParameterType.Name))})";
}

/// <summary>Reads calls out of IL, where comments, aliases and <c>using static</c> cannot hide them.</summary>
internal static class Calls
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    public static IEnumerable<Call> In(Assembly assembly) => assembly.GetTypes().SelectMany(In);

    public static IEnumerable<Call> In(Type type)
    {
        var caller = Outermost(type).FullName!;
        return type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything))
            .SelectMany(method => Targets(method).Select(target => new Call(caller, target)));
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<MethodBase> Targets(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il)
        {
            yield break;
        }

        var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            var code = OpCodesByValue[il[at] == 0xFE ? unchecked((short)(0xFE00 | il[at + 1])) : il[at]];
            at += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineTok)
            {
                var token = BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(at));
                if (method.Module.ResolveMember(token, typeArguments, methodArguments) is MethodBase target)
                {
                    yield return target;
                }
            }

            at += OperandSize(code.OperandType, il, at);
        }
    }

    private static int OperandSize(OperandType type, byte[] il, int at) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(at))),
        _ => 4,
    };
}
