def run(input, context):
    words = input["text"].split()
    context.log.info("Counted %d words", len(words))
    return {"total": len(words)}
